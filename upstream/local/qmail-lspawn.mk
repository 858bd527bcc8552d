# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/qmail-lspawn,root,qmail,0700))
