# SPDX-License-Identifier: 0BSD
$(eval $(call program,inject/sendmail,root,qmail,0755))
$(eval $(call link,bin/mailq,sendmail))
$(eval $(call link,bin/newaliases,sendmail))
$(eval $(call link,man/man8/mailq.8,sendmail.8))
$(eval $(call link,man/man8/newaliases.8,sendmail.8))
