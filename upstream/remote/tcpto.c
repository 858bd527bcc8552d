/* SPDX-License-Identifier: 0BSD */
/* The table of hosts that connections have timed out to lately. */
#include "remote/tcpto.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"

/* Where a record's fields are; the bytes between them are unused. */
enum { AT_IP = 0, AT_TIMEOUTS = 4, AT_WHEN = 8 };

enum {
	AVOID_FROM = 2, /* timeouts */
	TIMEOUTS_MAX = 10,
	PAUSE = 120,        /* seconds in which several timeouts count as one */
	COUNT_WEIGHT = 1024 /* seconds a timeout adds to a record's worth */
};

static const char tcpto_path[] = "queue/lock/tcpto";

void tcpto_unpack(struct tcpto_record *record, const unsigned char *bytes)
{
	memcpy(record->ip.b, bytes + AT_IP, sizeof record->ip.b);
	record->timeouts = (signed char)bytes[AT_TIMEOUTS];
	record->when = (unsigned long)bytes[AT_WHEN] |
		(unsigned long)bytes[AT_WHEN + 1] << 8 |
		(unsigned long)bytes[AT_WHEN + 2] << 16 |
		(unsigned long)bytes[AT_WHEN + 3] << 24;
}

static void record_pack(unsigned char *bytes, const struct tcpto_record *record)
{
	memcpy(bytes + AT_IP, record->ip.b, sizeof record->ip.b);
	bytes[AT_TIMEOUTS] = (unsigned char)record->timeouts;
	for (int i = 0; i < 4; i++)
		bytes[AT_WHEN + i] = (unsigned char)(record->when >> 8 * i);
}

/* Opens the file for writing, for this process alone. Returns -1 with errno. */
static int file_lock(void)
{
	int fd = open_write(tcpto_path);

	if (fd < 0 || fd_lock(fd) == 0)
		return fd;
	fd_close(fd);
	return -1;
}

/* Reads the file. Returns how many records it has; -1 with errno. */
static int file_read(unsigned char *table)
{
	int fd = open_read(tcpto_path);
	size_t have = 0;
	ssize_t got = 0;

	if (fd < 0)
		return -1;
	while (have < TCPTO_SIZE) {
		got = fd_read(fd, table + have, TCPTO_SIZE - have);
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	fd_close(fd);
	return got < 0 ? -1 : (int)(have / TCPTO_RECORD);
}

int tcpto_load(unsigned char *table)
{
	int lock = file_lock();
	int records;

	if (lock < 0)
		return -1;
	records = file_read(table);
	fd_close(lock);
	return records;
}

/* The first record of a host; -1 if it has none. */
static int record_of(const unsigned char *table, int records,
	const struct ip_addr *ip, struct tcpto_record *record)
{
	for (int i = 0; i < records; i++) {
		tcpto_unpack(record, table + i * TCPTO_RECORD);
		if (memcmp(record->ip.b, ip->b, sizeof ip->b) == 0)
			return i;
	}
	return -1;
}

int tcpto_avoid(const struct ip_addr *ip)
{
	unsigned char table[TCPTO_SIZE];
	struct tcpto_record record;
	long pause;

	if (record_of(table, tcpto_load(table), ip, &record) < 0 ||
		record.timeouts < AVOID_FROM)
		return 0;
	/* about an hour, so spread that not all come back at once */
	pause = (60 + getpid() % 32) * 64L;
	return (long)time(NULL) - (long)record.when < pause;
}

/* The record to give up for a new one: an unused one, else the stalest, where
 * each timeout makes a record count as younger. */
static int record_spare(const unsigned char *table, int records)
{
	struct tcpto_record record;
	long least = 0;
	int spare = -1;

	for (int i = 0; i < records; i++) {
		long worth;

		tcpto_unpack(&record, table + i * TCPTO_RECORD);
		if (record.timeouts == 0)
			return i;
		worth = (long)record.when +
			record.timeouts * (long)COUNT_WEIGHT;
		if (spare < 0 || worth < least) {
			spare = i;
			least = worth;
		}
	}
	return spare;
}

/* Makes the change to a host's known record. Returns 0 if there is none to
 * make. */
static int record_change(
	struct tcpto_record *record, int timed_out, unsigned long now)
{
	if (!timed_out) {
		record->timeouts = 0;
		return 1;
	}
	if (record->timeouts != 0 && now < record->when + PAUSE)
		return 0;
	if (record->timeouts < TIMEOUTS_MAX)
		record->timeouts++;
	else
		record->timeouts = TIMEOUTS_MAX;
	record->when = now;
	return 1;
}

static void note_locked(int fd, const struct ip_addr *ip, int timed_out)
{
	unsigned char table[TCPTO_SIZE];
	struct tcpto_record record;
	unsigned long now = (unsigned long)time(NULL);
	int records = file_read(table);
	int at = record_of(table, records, ip, &record);

	if (at >= 0) {
		if (!record_change(&record, timed_out, now))
			return;
	} else {
		if (!timed_out)
			return;
		at = record_spare(table, records);
		if (at < 0)
			return;
		record = (struct tcpto_record){
			.ip = *ip, .timeouts = 1, .when = now};
	}
	record_pack(table + at * TCPTO_RECORD, &record);
	if (lseek(fd, (off_t)at * TCPTO_RECORD, SEEK_SET) >= 0)
		fd_write(fd, table + at * TCPTO_RECORD, TCPTO_RECORD);
}

void tcpto_note(const struct ip_addr *ip, int timed_out)
{
	int fd = file_lock();

	if (fd < 0)
		return;
	note_locked(fd, ip, timed_out);
	fd_close(fd);
}

int tcpto_forget(void)
{
	static const unsigned char zeros[TCPTO_SIZE];
	int fd = file_lock();
	int bad;

	if (fd < 0)
		return -1;
	bad = fd_write(fd, zeros, sizeof zeros) != (ssize_t)sizeof zeros;
	fd_close(fd);
	return bad ? -1 : 0;
}
