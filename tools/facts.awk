# SPDX-License-Identifier: 0BSD
# Reads a patch on the standard input, prints its facts as a Markdown list.

function note(list, what) {
	if (!((list, what) in seen)) {
		seen[list, what] = 1
		found[list] = found[list] (found[list] == "" ? "" : ", ") "`" what "`"
	}
}

# Notes every match of an expression; what is kept is without the outer signs.
function each(list, text, expression, drop_start, drop_end) {
	while (match(text, expression)) {
		note(list, substr(text, RSTART + drop_start,
			RLENGTH - drop_start - drop_end))
		text = substr(text, RSTART + RLENGTH)
	}
}

# The text begins a function, perhaps.
function enter(text) {
	inside = ""
	if (match(text, /[a-z_0-9]+\(/))
		inside = substr(text, RSTART, RLENGTH - 1)
}

function say(title, list) {
	print "- " title ": " (found[list] == "" ? "none" : found[list])
}

# The header comes first and may hold anything.
/^--- (a\/|\/dev\/null)/ {
	old = $2
	next
}
/^\+\+\+ / && old != "" {
	file = $2
	if (file == "/dev/null") {
		file = old
		note("removed", substr(file, 3))
	} else if (old == "/dev/null" || fresh) {
		note("new", substr(file, 3))
	} else {
		note("changed", substr(file, 3))
	}
	isnew = (old == "/dev/null")
	code = (file ~ /\.[ch]$/)
	prose = (file ~ /^b\/man\//)
	in_hunks = 1
	next
}
/^@@/ && in_hunks {
	split($0, part, "@@")
	enter(part[3])
	next
}
!in_hunks { next }
/^.}/ { inside = "" }
/^.[a-z].*\(/ && !/;$/ { enter(substr($0, 2)) }
/^[-+]/ && code && !isnew && inside != "" { note("functions", inside) }
/^-/ {
	removed++
	if (!isnew && !prose)
		touched++
	next
}
/^\+/ {
	added++
	if (!isnew && !prose)
		touched++
	line = substr($0, 2)
	if (match(line, /\(call program,[^,]*/))
		note("programs", substr(line, RSTART + 14, RLENGTH - 14))
	if (file ~ /\.mk$/)
		each("libraries", line, "[ ,=]-l[a-z0-9]+", 1, 0)
	# Names that the code takes out of tables: as the manual defines them, and as
	# qmail-showctl lists them.
	if (prose)
		each("variables", line, "^\\.It Ev [A-Z0-9_]+", 7, 0)
	if (file ~ /^b\/admin\/showctl-/ && match(line, /^\t\{"[a-z0-9._-]+",/))
		note("controls", "control/" substr(line, 4, RLENGTH - 5))
	if (!code)
		next
	each("calls", line, "(exec[lv]p?e?|fork|socket|connect|bind|listen|accept|open_[a-z]+|open|set[a-z]*[ug]id|chroot|mount|dlopen|system|popen)\\(", 0, 1)
	# A name that is not written there is shown as the expression that gives it.
	each("variables", line, "getenv\\(\"[A-Z0-9_]+", 8, 0)
	each("variables", line, "getenv\\([a-z][^,;]*\\)", 7, 1)
	if (match(line, /number_setting\(.*"[A-Z0-9_]+"\)/))
		each("variables", line, "\"[A-Z][A-Z0-9_]+\"", 1, 1)
	gsub(/unsetenv\(/, "setenv(", line)
	each("exported", line, "setenv\\(\"[A-Z0-9_]+", 8, 0)
	each("exported", line, "setenv\\([a-z][^,;)]*", 7, 0)
	each("controls", line, "\"control/[a-z0-9_.-]+", 1, 0)
	each("lookups", line, "dns_[a-z]+\\(", 0, 1)
}

END {
	say("files changed", "changed")
	say("files added", "new")
	if (found["removed"] != "")
		say("files removed", "removed")
	print "- lines: " added + 0 " added, " removed + 0 " removed; " \
		"of them inside base files (manual pages aside): " touched + 0
	say("functions changed or added in base files", "functions")
	say("new programs", "programs")
	say("libraries linked", "libraries")
	say("new calls of exec, fork, socket, open, setuid and their kin", "calls")
	say("environment variables read", "variables")
	say("environment variables set or removed", "exported")
	say("control files read", "controls")
	say("DNS look-ups", "lookups")
}
