# SPDX-License-Identifier: 0BSD
# qmail-showctl, and the list of its tables: one for each admin/showctl-*.c.
$(eval $(call program,admin/qmail-showctl,root,qmail,0755))

SHOWCTL_TABLES := $(patsubst admin/showctl-%.c,%,\
	$(sort $(wildcard admin/showctl-*.c)))

$(BUILD)/admin/qmail-showctl.o: $(BUILD)/showctl-tables.h
$(BUILD)/showctl-tables.h: $(wildcard admin/showctl-*.c)
	@mkdir -p $(@D)
	@printf 'SHOWCTL_TABLE(showctl_%s)\n' $(SHOWCTL_TABLES) >$@
