# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/maildir2mbox,root,qmail,0755))
