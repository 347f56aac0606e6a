/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UMBRA_TEST_CROWD_H
#define UMBRA_TEST_CROWD_H

#include <stdint.h>
#include <sys/types.h>

/* Each of these ends the process when something fails. */

int checked(int result, const char *what);
void become(uid_t user);
int bound(int type, const char *address, uint16_t port);
int listening(const char *address, uint16_t port);
int connected(int type, const char *address, uint16_t port);
int unix_listening(int type, const char *path);
__attribute__((noreturn)) void fail(const char *what);

/* Parts of a process in the crowd: what they open stays open. */
void with_tcp(void);
void with_half_closed_tcp(void);
void with_udp(void);
void with_unix_sockets(void);
void with_raw_sockets(void);
void with_program(void);

#endif
