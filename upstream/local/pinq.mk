# SPDX-License-Identifier: 0BSD
$(eval $(call script,local/pinq,root,qmail,0755))
