# SPDX-License-Identifier: 0BSD
$(eval $(call program,inject/qmail-inject,root,qmail,0755))
