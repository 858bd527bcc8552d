# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# ./build.sh check: the stack's papers, the pages, the scripts and the code.

# Nothing stops at the first finding; the count decides at the end.
check_say() {
	echo "check: $*"
	echo x >>"$OUT/check.wrong"
}

check_fields="Description Author Origin Forwarded Last-Update Applies-To Depends Default
Processes Libraries CVE Review Tests"
check_headings="Purpose
Facts
Attack surface
Privileges and secrets
When it fails
Compatibility
Evidence
Residual risk
History"

check_header() {
	file=patches/$1.patch
	for field in $check_fields; do
		count=$(sed -n '/^---/q;p' "$file" | grep -c "^$field: ." || :)
		[ "$count" = 1 ] || check_say "$file: the field $field is there $count times, not once"
	done
	sed -n '/^---$/q;p' "$file" | grep -v '^ ' | while IFS=: read -r field value; do
		case " $(echo "$check_fields" | tr '\n' ' ') " in
		*" $field "*) ;;
		*) check_say "$file: there is no field $field" ;;
		esac
		case $field in
		Last-Update) expr "$value" : ' [0-9]\{4\}-[0-9][0-9]-[0-9][0-9]$' >/dev/null ||
			check_say "$file: Last-Update is no date" ;;
		Origin) [ "$value" = " vendor" ] || check_say "$file: Origin is not vendor" ;;
		Default) expr "$value" : ' on$' \| "$value" : ' off (..*)$' >/dev/null ||
			check_say "$file: Default is neither on nor off (by what)" ;;
		Review) [ "$value" = " doc/patches/$1.md" ] ||
			check_say "$file: Review is not doc/patches/$1.md" ;;
		Tests) [ "$value" = " tests/patches/$1" ] ||
			check_say "$file: Tests is not tests/patches/$1" ;;
		esac
	done
	sed -n '2,/^Author:/p' "$file" | grep -q '^ [A-Z]' ||
		check_say "$file: Description has no long text"
	for need in $(stack_depends "$1"); do
		stack_all | sed "/^$1\$/,\$d" | grep -qx "$need" ||
			check_say "$file: Depends: $need is no patch before this one"
	done
}

check_record() {
	record=doc/patches/$1.md
	[ -f "$record" ] || {
		check_say "$record is missing"
		return
	}
	[ "$(sed -n 's/^## //p' "$record")" = "$check_headings" ] ||
		check_say "$record: the headings are not those of doc/stack.md, in their order"
	awk '/^## / { if (name != "" && !n) print name; name = $0; n = 0; next } NF { n++ }
		END { if (!n) print name }' "$record" | while read -r empty; do
		check_say "$record: nothing under $empty"
	done
	audit_record "$1" | cmp -s - "$record" ||
		check_say "$record: the facts are not those of the patch: ./build.sh audit --facts"
}

check_stack() {
	say "check: series, headers, records, tests"
	stack_all | LC_ALL=C sort -c -u 2>/dev/null || check_say "series is not in the order of its numbers"
	grep -v '^#' series | sed '/^$/d;s/\.patch$//' | while read -r name; do
		stack_all | grep -qx "$name" || check_say "series: $name is no NNNN-name.patch"
	done
	for file in patches/*; do
		name=${file#patches/}
		stack_all | grep -qx "${name%.patch}" || check_say "$file is not in series"
	done
	for record in doc/patches/*.md; do
		name=${record#doc/patches/}
		stack_all | grep -qx "${name%.md}" || check_say "$record belongs to no patch in series"
	done
	for patch in $(stack_all); do
		[ -f "patches/$patch.patch" ] || {
			check_say "patches/$patch.patch is missing"
			continue
		}
		check_header "$patch"
		check_record "$patch"
		find "tests/patches/$patch" -name 'test_*.py' 2>/dev/null | grep -q . ||
			check_say "tests/patches/$patch holds no test_*.py"
	done
}

# Does each patch leave what was pushed before it without trailing blanks and fuzz?
check_form() {
	for patch in $(stack_all); do
		if sed '1,/^---/d' "patches/$patch.patch" | grep -n '^+.*[ 	]$' >/dev/null; then
			check_say "patches/$patch.patch adds blanks at the end of a line"
		fi
	done
}

check_pages() {
	say "check: manual pages"
	find "$OUT/src/man" -name '*.[1-9]' | LC_ALL=C sort | while read -r page; do
		mandoc -T lint -W warning "$page" || check_say "${page##*/}: mandoc finds fault"
	done
}

check_scripts() {
	say "check: shell scripts"
	shellcheck -x build.sh || check_say "build.sh: shellcheck finds fault"
	git ls-files --cached --others --exclude-standard 2>/dev/null | while read -r file; do
		[ -f "$file" ] || continue
		case $(head -c 20 "$file" | head -n 1 | tr -d '\0') in
		'#!/bin/sh'*) ;;
		*) continue ;;
		esac
		case $file in
		build.sh | out/*) continue ;;
		esac
		shellcheck -x "$file" || check_say "$file: shellcheck finds fault"
	done
}

check_code() {
	say "check: static analysis"
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --force \
		--enable=warning,portability -DPREFIX='"/var/qmail"' -DACCOUNTS_real \
		--suppress=missingInclude --suppress=varFuncNullUB --suppress=uninitvar --suppress=nullPointerRedundantCheck -I "$OUT/src" -i "$OUT/src/build" "$OUT/src" ||
		check_say "cppcheck finds fault"
	clang-format --dump-config >/dev/null || check_say ".clang-format is not understood"
	unlike=$(find "$OUT/src" -name '*.[ch]' -exec sh -c '
		for file; do
			clang-format --style=file:.clang-format "$file" | cmp -s - "$file" || echo "$file"
		done' sh {} + | wc -l)
	# Versions differ in what they make of a file: one of them decides.
	case $unlike,$(clang-format --version) in
	0,*) ;;
	*" version 14."*) check_say "clang-format would change $unlike files" ;;
	*) say "information: this clang-format, not 14, would change $unlike files" ;;
	esac
	long=$(find "$OUT/src" -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 300' | wc -l)
	say "information: $long files are longer than 300 lines"
}

check_all() {
	packages_need build check
	rm -f "$OUT/check.wrong"
	out_lock
	assemble
	check_stack
	check_form
	check_pages
	check_scripts
	check_code
	[ ! -e "$OUT/check.wrong" ] ||
		fail "check: $(wc -l <"$OUT/check.wrong") findings" "" "see above"
	say "check: nothing found"
}
