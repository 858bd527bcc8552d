/* SPDX-License-Identifier: 0BSD */
/* A ticket made now: how it is taken now, an hour later, and two hours later (1: good,
 * 2: good, to be replaced, 0: not). */
#include <stdio.h>
#include <time.h>

#include "tls/openssl/tickets.h"

static int take(SSL_CTX *server, SSL_CTX *client, SSL_SESSION **ticket)
{
	SSL *s = SSL_new(server);
	SSL *c = SSL_new(client);
	BIO *left, *right;
	int resumed, renewed;

	BIO_new_bio_pair(&left, 0, &right, 0);
	SSL_set_bio(s, left, left);
	SSL_set_bio(c, right, right);
	SSL_set_accept_state(s);
	SSL_set_connect_state(c);
	if (*ticket)
		SSL_set_session(c, *ticket);
	for (int i = 0; i < 10; i++) {
		SSL_do_handshake(c);
		SSL_do_handshake(s);
	}
	resumed = SSL_session_reused(s);
	renewed = resumed && SSL_get1_session(c) != *ticket;
	if (!*ticket)
		*ticket = SSL_get1_session(c);
	/* or the ticket would count as that of a broken session */
	SSL_shutdown(c);
	SSL_shutdown(s);
	SSL_free(s);
	SSL_free(c);
	return resumed ? 1 + renewed : 0;
}

int main(void)
{
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	SSL_SESSION *ticket = NULL;
	time_t now = time(NULL);

	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	SSL_CTX_use_certificate(server, cert);
	SSL_CTX_use_PrivateKey(server, key);
	SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
	if (tlsd_tickets_start(now) < 0 || tlsd_tickets_use(server) < 0)
		return 1;
	take(server, client, &ticket);
	printf("now %d\n", take(server, client, &ticket));
	tlsd_tickets_tick(now + TLSD_TICKET_HOUR);
	printf("an hour later %d\n", take(server, client, &ticket));
	tlsd_tickets_tick(now + 2 * TLSD_TICKET_HOUR);
	printf("two hours later %d\n", take(server, client, &ticket));
	return 0;
}
