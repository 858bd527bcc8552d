# SPDX-License-Identifier: 0BSD
$(eval $(call program,inject/qreceipt,root,qmail,0755))
