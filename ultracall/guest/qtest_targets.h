/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The QEMU processes of tenant VMs, by the qtest sockets of a directory, and
 * pulses on their interrupt lines. A target has a number below TARGETS.
 */
#ifndef QTEST_TARGETS_H
#define QTEST_TARGETS_H

#include <poll.h>
#include <stdbool.h>

#define TARGETS		64

/* A line for the service. Whoever holds its port has it. */
void __attribute__((format(printf, 1, 2))) answer(const char *format, ...);

void open_targets(const char *directory);

/* Connects those that are not. */
void connect_targets(void);

/* Whether one that was there is away, or none ever was. */
bool a_target_is_missing(void);

/* Answers "target N NAME" for each that is connected. */
void list_targets(void);

/* Raises and lowers a line; answers now or when QEMU has answered. */
void pulse_target(unsigned int number, unsigned int irq);

/*
 * Adds the targets to the set, of TARGETS entries; returns the time in ms until
 * one whose answers wait is to be read, at most timeout (-1: for ever).
 */
int watch_targets(struct pollfd *set, int timeout);

/* Reads what QEMU answered where the set says so. */
void read_targets(const struct pollfd *set);

#endif
