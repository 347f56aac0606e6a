/* SPDX-License-Identifier: GPL-2.0 */
/* Entered in a state in which no function may run: they only go on to where the processor would have gone. */
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>
#include <linux/linkage.h>

	.text
SYM_CODE_START(enter_by_lstar)
	UNWIND_HINT_ENTRY
	ENDBR
	ANNOTATE_RETPOLINE_SAFE
	jmp	*lstar_target(%rip)
SYM_CODE_END(enter_by_lstar)

SYM_CODE_START(enter_by_overflow)
	UNWIND_HINT_ENTRY
	ENDBR
	ANNOTATE_RETPOLINE_SAFE
	jmp	*overflow_target(%rip)
SYM_CODE_END(enter_by_overflow)
