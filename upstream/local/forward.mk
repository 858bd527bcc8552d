# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/forward,root,qmail,0755))
