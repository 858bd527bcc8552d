/* SPDX-License-Identifier: 0BSD */
/* tcp-env: tells a program of the TCP connection on descriptor 0, see
 * tcp-environ(5), for servers that inetd starts. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mail/exits.h"
#include "lib/net/connect.h"
#include "lib/net/dns.h"
#include "lib/net/ident.h"
#include "lib/str/case.h"
#include "lib/str/scan.h"

enum { IDENT_SECONDS = 30 };

struct options {
	int ident;             /* ask the other host for the user? */
	unsigned long seconds; /* and wait how long? */
};

_Noreturn static void give_up(void)
{
	_exit(EXIT_TEMP);
}

/* Reads the options. Returns the index of the program's name. */
static int options_read(struct options *options, int argc, char **argv)
{
	int letter;

	opterr = 0;
	while ((letter = getopt(argc, argv, "+rRt:")) != -1) {
		switch (letter) {
		case 't':
			scan_ulong(optarg, &options->seconds);
			break;
		case 'r':
		case 'R':
			options->ident = letter == 'r';
			break;
		default:
			give_up();
		}
	}
	return optind;
}

/* Sets the variable, or removes it if there is no value. */
static void set(const char *name, const char *value)
{
	int bad = value ? setenv(name, value, 1) : unsetenv(name);

	if (bad)
		give_up();
}

/* The name that the DNS gives an address; null if it has none. */
static const char *host_name(struct stralloc *name, const struct ip_addr *ip)
{
	switch (dns_name_of(name, ip)) {
	case DNS_OK:
		case_lowerb(name->s, name->len);
		return sa_cstr(name);
	case DNS_TEMP:
		return "softdnserror";
	default:
		return NULL;
	}
}

/* Sets the three variables of one end. */
static void set_end(const char *const names[3], const struct net_end *end)
{
	struct stralloc text = {0};
	char ip[IP_FMT];

	ip[ip_fmt(ip, &end->ip)] = '\0';
	set(names[0], ip);
	sa_catnum(&text, end->port);
	set(names[1], sa_cstr(&text));
	set(names[2], host_name(&text, &end->ip));
	sa_free(&text);
}

static void set_all(const struct options *options)
{
	static const char *const local_names[] = {
		"TCPLOCALIP", "TCPLOCALPORT", "TCPLOCALHOST"};
	static const char *const remote_names[] = {
		"TCPREMOTEIP", "TCPREMOTEPORT", "TCPREMOTEHOST"};
	struct net_end local;
	struct net_end remote;
	struct stralloc user = {0};
	int known;

	if (net_local_end(0, &local.ip, &local.port) < 0 ||
		net_remote_end(0, &remote.ip, &remote.port) < 0)
		give_up();
	set_end(local_names, &local);
	set_end(remote_names, &remote);
	known = options->ident &&
		ident_ask(&user, &remote, &local, (long)options->seconds) == 0;
	set("TCPREMOTEINFO", known ? sa_cstr(&user) : NULL);
	set("PROTO", "TCP");
	sa_free(&user);
}

int main(int argc, char **argv)
{
	struct options options = {.ident = 1, .seconds = IDENT_SECONDS};
	int program = options_read(&options, argc, argv);
	const char *proto = getenv("PROTO");

	if (!argv[program])
		give_up();
	if (!proto || strcmp(proto, "TCP") != 0)
		set_all(&options);
	execvp(argv[program], argv + program);
	give_up();
}
