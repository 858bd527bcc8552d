# SPDX-License-Identifier: 0BSD
# The directories every installation has, outside the queue.
$(eval $(call place,d,root,qmail,0755,.))
$(eval $(call place,d,root,qmail,0755,bin))
$(eval $(call place,d,root,qmail,0755,control))
$(eval $(call place,d,root,qmail,0755,users))
$(eval $(call place,d,root,qmail,0755,man))
$(foreach n,1 5 7 8,$(eval $(call place,d,root,qmail,0755,man/man$(n))))
$(eval $(call place,d,alias,qmail,2755,alias))
