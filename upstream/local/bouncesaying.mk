# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/bouncesaying,root,qmail,0755))
