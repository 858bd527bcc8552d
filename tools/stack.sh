# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# The stack: which patches there are and what they say of themselves.

# The patches in their order, by name without ".patch".
stack_all() {
	sed -n 's/^\([0-9]\{4\}-[a-z0-9_-]*\)\.patch[[:space:]]*$/\1/p' series
}

# stack_field PATCH FIELD: a field's first line in the header.
stack_field() {
	sed -n "/^---/q;s/^$2:[[:space:]]*//p" "patches/$1.patch" | head -n 1
}

# What a patch needs, a name a word.
stack_depends() {
	stack_field "$1" Depends | tr ',' ' ' | sed 's/\<none\>//'
}

# stack_named NNNN: the one patch of that number (or number and name).
stack_named() {
	stack_all | grep "^$1\(-\|\$\)" || stack_all | grep "^${1%.patch}\$"
}

# Prints the patches chosen by $upto and $without; tells on descriptor 2 what goes
# along.
stack_chosen() {
	if [ -n "$upto" ] && [ "$upto" != 0000 ]; then
		last=$(stack_named "$upto") || fail "--upto $upto: no such patch" "" "see series"
		chosen=$(stack_all | sed "/^$last\$/q")
	elif [ "$upto" = 0000 ]; then
		chosen=
	else
		chosen=$(stack_all)
	fi
	for out in $(echo "$without" | tr ',' ' '); do
		name=$(stack_named "$out") || fail "--without $out: no such patch" "" "see series"
		chosen=$(echo "$chosen" | grep -vx "$name") || :
	done
	kept=
	gone=" $(for out in $(echo "$without" | tr ',' ' '); do stack_named "$out"; done | tr '\n' ' ') "
	for patch in $chosen; do
		why=
		for need in $(stack_depends "$patch"); do
			case $gone in
			*" $need "*) why=$need ;;
			esac
		done
		if [ -n "$why" ]; then
			say "leaving out $patch too: it needs $why" >&2
			gone="$gone$patch "
		else
			kept="$kept $patch"
		fi
	done
	for patch in $kept; do
		echo "$patch"
	done
}

# The needs of the chosen patches beside those of any build, for packages_need.
stack_needs() {
	if stack_chosen 2>/dev/null | grep -q -e '^0400-' -e '^0620-'; then
		echo tls
	fi
}

# The same for what run shows.
stack_shows() {
	if stack_chosen 2>/dev/null | grep -q '^0630-'; then
		echo far
	fi
}
