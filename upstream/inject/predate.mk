# SPDX-License-Identifier: 0BSD
$(eval $(call program,inject/predate,root,qmail,0755))
