/* SPDX-License-Identifier: 0BSD */
/* File descriptors: opening, moving, flags, locks. */
#ifndef IO_FD_H
#define IO_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Every open is non-blocking, so that a FIFO or a device in a file's place
 * cannot stop the program, and close-on-exec. Each returns the descriptor, or
 * -1 with errno. A new file gets mode 0644 less the umask. */
int open_read(const char *path);
int open_write(const char *path);  /* existing file, from its start */
int open_append(const char *path); /* made if missing */
int open_trunc(const char *path);  /* emptied, or made */
int open_excl(const char *path);   /* made; EEXIST if it is there */

/* read(2) and write(2), tried again after EINTR. */
ssize_t fd_read(int fd, void *to, size_t n);
ssize_t fd_write(int fd, const void *from, size_t n);

/* Makes to the same open file as from, kept over exec; to's old file is closed.
 * fd_move also closes from. With to equal to from, only the close-on-exec flag
 * is cleared. Return 0, or -1 with errno. */
int fd_copy(int to, int from);
int fd_move(int to, int from);

/* close(2) that keeps errno, which tells of the trouble that led to it. */
void fd_close(int fd);

/* pipe(2) with both ends close-on-exec. Returns 0, or -1 with errno. */
int fd_pipe(int ends[2]);

/* Return 0, or -1 with errno. */
int fd_nonblock(int fd, int on);
int fd_cloexec(int fd);

/* Takes an exclusive flock(2): waits for it, or (fd_trylock) fails at once with
 * EWOULDBLOCK. Return 0, or -1 with errno. */
int fd_lock(int fd);
int fd_trylock(int fd);

#endif
