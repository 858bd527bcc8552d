# SPDX-License-Identifier: 0BSD
$(eval $(call program,smtp/tcp-env,root,qmail,0755))
