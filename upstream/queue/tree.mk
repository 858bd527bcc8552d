# SPDX-License-Identifier: 0BSD
# The queue: who may write where. See queue(5).
$(eval $(call place,d,qmailq,qmail,0750,queue))
$(eval $(call place,d,qmailq,qmail,0700,queue/pid))
$(eval $(call place,d,qmailq,qmail,0700,queue/intd))
$(eval $(call place,d,qmailq,qmail,0750,queue/todo))
$(eval $(call place,d,qmailq,qmail,0750,queue/mess))
$(eval $(call place,d,qmailq,qmail,0750,queue/mess/SPLIT))
$(foreach d,info local remote,\
	$(eval $(call place,d,qmails,qmail,0700,queue/$(d)))\
	$(eval $(call place,d,qmails,qmail,0700,queue/$(d)/SPLIT)))
$(eval $(call place,d,qmails,qmail,0700,queue/bounce))
$(eval $(call place,d,qmailq,qmail,0750,queue/lock))
$(eval $(call place,z,qmails,qmail,0600,queue/lock/sendmutex,0))
$(eval $(call place,p,qmails,qmail,0622,queue/lock/trigger))
$(eval $(call place,z,qmailr,qmail,0644,queue/lock/tcpto,1024))
