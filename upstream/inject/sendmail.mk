# SPDX-License-Identifier: 0BSD
$(eval $(call program,inject/sendmail,root,qmail,0755))
