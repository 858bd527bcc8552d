# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# ./build.sh dist, deb, rpm: source and binary packages of the chosen patches.

# The upstream version is the base's release; debian/changelog has it with a revision.
package_version() {
	version=$(sed -n '1s/^[^(]*(\([^)]*\)).*/\1/p' debian/changelog)
	release=$(tr - . <upstream/VERSION)
	[ "${version%-*}" = "$release" ] ||
		fail "debian/changelog is of $version, upstream/VERSION of $release" "" \
			"add an entry for $release-1 on top of debian/changelog"
	date=$(sed -n '/^ -- /{s/.*>  //p;q;}' debian/changelog)
	SOURCE_DATE_EPOCH=$(date -u -d "$date" +%s)
	LC_ALL=C.UTF-8 TZ=UTC0
	export SOURCE_DATE_EPOCH LC_ALL TZ
}

# package_tar DIR FOLDER FILE: packs DIR/FOLDER the same way wherever and whenever.
package_tar() {
	chmod -R u=rwX,go=rX "$1/$2"
	(cd "$1" && tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
		--mtime="@$SOURCE_DATE_EPOCH" -cf - "$2") | gzip -9n >"$3"
}

# The parts, a line each, with a program that a chosen patch says links a library.
package_parts() {
	for patch in $chosen; do
		field=$(sed -n '/^---/q;/^Libraries:/,/^[A-KM-Z]/{/^Libraries:\|^ /p;}' \
			"patches/$patch.patch")
		grep -v '^#' tools/system/parts | while read -r part program; do
			case $field in
			*[!a-z-]"$program"*) echo "$part" ;;
			esac
		done
	done | LC_ALL=C sort -u
}

# What the parts need to be built, each with the build profiles in which it does not.
package_libraries() {
	for part in $parts; do
		sed "s/\$/ $part/" "debian/parts/$part.build"
	done | awk '
		!($1 in profiles) { order[++count] = $1 }
		{ profiles[$1] = profiles[$1] " <!pkg.quiltmail.no" $2 ">" }
		END { for (i = 1; i <= count; i++) printf ", %s%s", order[i], profiles[order[i]] }'
}

# debian/control of what is there.
package_control() {
	builds="debhelper-compat (= 13), po-debconf$(package_libraries)" names=
	for part in $parts; do
		[ -f "debian/parts/$part.control" ] ||
			fail "debian/parts/$part.control is missing" "" "describe the package"
		names="$names${names:+, }quiltmail-$part"
	done
	{
		sed -e "s/@BUILD@/$builds/" -e "s/@PARTS@/$names/" \
			-e '/^Recommends: $/d' debian/control.in
		for part in $parts; do
			cat "debian/parts/$part.control"
		done
	} >"$1/debian/control"
}

# A subset of the stack says so in its version and changelog.
package_changelog() {
	[ "$(stack_all | tr '\n' ' ')" != "$(echo "$chosen" | tr '\n' ' ')" ] || return 0
	version=$version+part1
	{
		echo "quiltmail ($version) unstable; urgency=medium"
		echo
		echo "  * Built of a part of the stack, without:"
		for patch in $(stack_all); do
			echo "$chosen" | grep -qx "$patch" || echo "    $patch"
		done
		echo
		# Not at the same second as the entry that it follows.
		sed -n '/^ -- /{s/>.*/>/p;q;}' debian/changelog | tr '\n' ' '
		date -u -R -d "@$((SOURCE_DATE_EPOCH + 60))" | sed 's/^/ /'
		echo
		cat debian/changelog
	} >"$1/debian/changelog"
}

# package_source: $OUT/package/quiltmail-RELEASE, what dpkg-source packs, and the
# tarballs in $OUT/dist.
package_source() {
	package_version
	out_lock
	assemble
	parts=$(package_parts)
	rm -rf "$OUT/package" "$OUT/dist"
	mkdir -p "$OUT/package" "$OUT/dist/patches"
	tree=$OUT/package/quiltmail-$release
	cp -R upstream "$tree"
	rm -rf "$tree/build"
	package_tar "$OUT/package" "quiltmail-$release" \
		"$OUT/dist/quiltmail_$release.orig.tar.gz"
	cp "$OUT/dist/quiltmail_$release.orig.tar.gz" "$OUT/package"
	cp -R debian "$tree/debian"
	rm "$tree/debian/control.in"
	mkdir -p "$tree/debian/patches" "$tree/debian/doc/patches"
	cp -R tools/system "$tree/debian/system"
	for patch in $chosen; do
		cp "patches/$patch.patch" "$tree/debian/patches"
		cp "patches/$patch.patch" "$OUT/dist/patches"
		cp "doc/patches/$patch.md" "$tree/debian/doc/patches"
		echo "$patch.patch"
	done >"$tree/debian/patches/series"
	cp "$tree/debian/patches/series" "$OUT/dist/patches"
	cp doc/guide.md doc/upgrading.md doc/legacy-names.md doc/operations.md \
		doc/netqmail.md LICENSE "$tree/debian/doc"
	package_control "$tree"
	package_changelog "$tree"
	find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	chmod -R u=rwX,go=rX "$tree"
	package_rpm_source
}

# The units of the main package, in a line: those whose programs and pages are in the
# assembled tree. The part of TLS has its own.
package_units() {
	while read -r name _ _ needs; do
		case $name in '' | '#'* | qmail-tlsd) continue ;; esac
		for need in $needs; do
			case $need in bin/*) need=man/${need#bin/}.8 ;; esac
			[ -e "$OUT/src/$need" ] || continue 2
		done
		echo "$name.service"
	done <tools/system/services | tr '\n' ' ' | sed 's/ $//'
}

# The spec of what is there, and its second source: all that is not of the base.
package_rpm_source() {
	extra=quiltmail-system-$release
	mkdir -p "$OUT/package/$extra"
	cp -R tools/system/. "$OUT/package/$extra"
	cp -R "$tree/debian/doc" "$OUT/package/$extra/doc"
	package_tar "$OUT/package" "$extra" "$OUT/dist/$extra.tar.gz"
	{
		for patch in $chosen; do
			echo "Patch${patch%%-*}: $patch.patch"
		done
		for part in $parts; do
			[ ! -f "rpm/$part.requires" ] ||
				echo "BuildRequires: $(cat "rpm/$part.requires")"
		done
	} >"$OUT/package/spec.patches"
	for part in $parts; do
		cat "rpm/$part.spec"
	done >"$OUT/package/spec.parts"
	[ ! -f rpm/quiltmail.spec ] || sed -e "s/@VERSION@/$release/" \
		-e "s/@UNITS@/$(package_units)/" \
		-e "s/@RELEASE@/${version##*-}/" \
		-e "/^@PATCHES@/{" -e "r $OUT/package/spec.patches" -e d -e '}' \
		-e "/^@PARTS@/{" -e "r $OUT/package/spec.parts" -e d -e '}' \
		rpm/quiltmail.spec >"$OUT/dist/quiltmail.spec"
}

package_dist() {
	packages_need build dist
	package_source
	if command -v dpkg-source >/dev/null; then
		step dpkg-source.log "see the log" "dpkg-source cannot pack the source" \
			package_in "$OUT/package" dpkg-source -b "quiltmail-$release"
		mv "$OUT/package"/*.dsc "$OUT/package"/*.debian.tar.* "$OUT/dist"
	else
		say "no dpkg-source here: $OUT/dist has no .dsc"
	fi
	out_unlock
	say "source packages are in $OUT/dist"
}

# package_in DIR COMMAND...
package_in() (
	cd "$1" || exit
	shift
	"$@"
)

package_deb() {
	packages_need build dist deb
	package_source
	say "building Debian packages of quiltmail $version"
	step deb.log "see the log" "the Debian packages cannot be built" \
		package_in "$tree" env -u MAKEFLAGS -u MAKELEVEL -u CC -u CFLAGS -u LDFLAGS \
		-u CPPFLAGS DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-noautodbgsym}" \
		dpkg-buildpackage -us -uc
	mv "$OUT/package"/*.deb "$OUT/package"/*.dsc "$OUT/package"/*.debian.tar.* \
		"$OUT/package"/*.changes "$OUT/package"/*.buildinfo "$OUT/dist"
	for deb in "$OUT/dist"/*.deb; do
		package_bill "$deb" "$(dpkg-deb -f "$deb" Package)" "$(dpkg-deb -f "$deb" Depends)"
	done
	out_unlock
	say "packages and their bills of materials:"
	ls "$OUT/dist"/*.deb "$OUT/dist"/*.spdx.json
}

package_rpm() {
	packages_need build dist rpm
	package_source
	say "building RPM packages of quiltmail $version"
	top=$OUT/package/rpm
	mkdir -p "$top/SOURCES"
	cp "$OUT/dist"/*.tar.gz "$OUT/dist/patches"/*.patch "$top/SOURCES"
	cp "$OUT/dist/quiltmail.spec" "$top"
	# The source package keeps their modes and times.
	chmod 644 "$top/SOURCES"/* "$top/quiltmail.spec"
	touch -d "@$SOURCE_DATE_EPOCH" "$top/SOURCES"/* "$top/quiltmail.spec"
	# Where packages are Debian's, rpm's data base does not know what is there.
	nodeps=
	[ ! -e /etc/debian_version ] || nodeps=--nodeps
	step rpm.log "see the log" "the RPM packages cannot be built" \
		env -u MAKEFLAGS -u MAKELEVEL -u CC -u CFLAGS -u LDFLAGS -u CPPFLAGS \
		rpmbuild -ba $nodeps --define "_topdir $top" \
		--define "_buildhost localhost" --define "use_source_date_epoch_as_buildtime 1" \
		--define "clamp_mtime_to_source_date_epoch 1" "$top/quiltmail.spec"
	mv "$top"/RPMS/*/*.rpm "$top"/SRPMS/*.rpm "$OUT/dist"
	for rpm in "$OUT/dist"/*.rpm; do
		package_bill "$rpm" "$(rpm -qp --qf '%{NAME}' "$rpm")" \
			"$(rpm -qp --requires "$rpm" | grep -v '^rpmlib' | tr '\n' ',')"
	done
	out_unlock
	say "packages and their bills of materials:"
	ls "$OUT/dist"/*.rpm "$OUT/dist"/*.spdx.json
}

# Identifiers of SPDX have letters, digits, dots and hyphens.
bill_id() {
	echo "$1" | tr _ -
}

# bill_package ID NAME VERSION SHA256 LICENCE
bill_package() {
	printf '  {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", ' \
		"$(bill_id "$1")" "$2" "${3:-NOASSERTION}"
	printf '"downloadLocation": "NOASSERTION", "filesAnalyzed": false, '
	[ -z "$4" ] || printf '"checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}], ' "$4"
	printf '"licenseConcluded": "%s", "licenseDeclared": "%s", ' "$5" "$5"
	printf '"copyrightText": "NOASSERTION"}'
}

bill_relation() {
	printf '  {"spdxElementId": "SPDXRef-%s", "relationshipType": "%s", ' \
		"$(bill_id "$1")" "$2"
	printf '"relatedSpdxElement": "SPDXRef-%s"}' "$(bill_id "$3")"
}

sum_of() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# package_bill FILE NAME DEPENDS: FILE.spdx.json: what it was made of (the base and each
# patch, by hash) and what it needs.
package_bill() {
	needs=$(printf '%s\n' "$3" | tr ',' '\n' | sed 's/^ *//;s/ *|.*//;s/[ (].*//;/^\//d;/^$/d' |
		tr -cd 'A-Za-z0-9.\n-' | LC_ALL=C sort -u)
	file=$1.spdx.json
	{
		printf '{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",\n'
		printf '"SPDXID": "SPDXRef-DOCUMENT", "name": "%s",\n' "${1##*/}"
		printf '"documentNamespace": "urn:sha256:%s",\n' "$(sum_of "$1")"
		printf '"creationInfo": {"created": "%s", "creators": ["Tool: build.sh"]},\n' \
			"$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
		printf '"packages": [\n'
		bill_package package "$2" "$version" "$(sum_of "$1")" 0BSD
		printf ',\n'
		bill_package base quiltmail-base "$release" \
			"$(sum_of "$OUT/dist/quiltmail_$release.orig.tar.gz")" 0BSD
		for patch in $chosen; do
			printf ',\n'
			bill_package "patch-$patch" "$patch.patch" "$version" \
				"$(sum_of "patches/$patch.patch")" 0BSD
		done
		for need in $needs; do
			printf ',\n'
			bill_package "need-$need" "$need" "" "" NOASSERTION
		done
		printf '],\n"relationships": [\n'
		bill_relation DOCUMENT DESCRIBES package
		printf ',\n'
		bill_relation base GENERATES package
		for patch in $chosen; do
			printf ',\n'
			bill_relation "patch-$patch" PATCH_FOR base
		done
		for need in $needs; do
			printf ',\n'
			bill_relation package DEPENDS_ON "need-$need"
		done
		printf ']}\n'
	} >"$file"
}
