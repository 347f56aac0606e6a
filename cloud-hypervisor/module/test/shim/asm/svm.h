/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests need of the control block: AMD64 Architecture Programmer's Manual, volume 2, appendix B. */
#ifndef UMBRA_TEST_SVM_H
#define UMBRA_TEST_SVM_H

#include "../kernel.h"

#define V_IRQ_MASK			(1u << 8)
#define V_INTR_PRIO_MASK		(0xfu << 16)
#define V_IGN_TPR_MASK			(1u << 20)
#define SVM_INTERRUPT_SHADOW_MASK	1u
#define SVM_EVTINJ_VEC_MASK		0xffu
#define SVM_EVTINJ_TYPE_MASK		(7u << 8)
#define SVM_EVTINJ_TYPE_INTR		0u
#define SVM_EVTINJ_VALID		(1u << 31)

struct vmcb_control_area {
	u32 int_ctl;
	u32 int_vector;
	u32 int_state;
	u32 event_inj;
	u32 clean;
};

struct vmcb {
	struct vmcb_control_area control;
};

#endif
