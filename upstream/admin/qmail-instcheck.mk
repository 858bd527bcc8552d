# SPDX-License-Identifier: 0BSD
# qmail-instcheck carries the table of what an installation holds.
SCRIPTS += admin/qmail-instcheck
TABLE += f:root:qmail:0755:bin/qmail-instcheck:-

$(BUILD)/bin/qmail-instcheck: admin/qmail-instcheck.sh $(BUILD)/install.tab
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|g' -e '/^@TABLE@$$/{' \
		-e 'r $(BUILD)/install.tab' -e 'd' -e '}' \
		admin/qmail-instcheck.sh >$@.tmp
	chmod 755 $@.tmp
	mv $@.tmp $@
