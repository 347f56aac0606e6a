/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UMBRA_TEST_PROCESSOR_H
#define UMBRA_TEST_PROCESSOR_H

#include "../kernel.h"

/* Each test supplies it. */
u32 hypervisor_cpuid_base(const char *signature, u32 leaves);

#endif
