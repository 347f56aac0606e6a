// SPDX-License-Identifier: GPL-2.0
/* The registers told of a vCPU, and what is said about whether they are in force. */
#include "test.h"

static struct kvm_vcpu vcpu;
static struct umbra_carrier carrier;
static struct umbra_tenant tenant;
static struct umbra_tenant_vcpu tenant_vcpu;
static u64 next;

static void capture(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers)
{
	registers->cr3 = next;
	registers->rip = ~next;
}

static const struct umbra_backend backend = { .capture = capture };

struct umbra_state umbra = { .backend = &backend };

static struct umbra_vcpu_registers told(void)
{
	struct umbra_vcpu_registers payload;

	memset(&payload, 0xff, sizeof(payload));
	umbra_vcpu_tell(&tenant_vcpu, &payload);
	EXPECT(!payload.flags && !(tenant_vcpu.registers.sequence.sequence & 1));
	return payload;
}

static void begin(void)
{
	memset(&tenant_vcpu, 0, sizeof(tenant_vcpu));
	tenant.paused = 0;
	tenant_vcpu.tenant = &tenant;
	memset(&vcpu, 0, sizeof(vcpu));
	carrier = (struct umbra_carrier) {
		.vcpu = &vcpu, .current_vcpu = &tenant_vcpu, .inside = true,
	};
	tenant_vcpu.carrier = &carrier;
	vcpu.arch.hflags = HF_GUEST_MASK;
	next = 0x1000;
}

static void nothing_is_known_before_it_stopped(void)
{
	begin();
	EXPECT(told().state == UMBRA_VCPU_UNKNOWN && !told().cr3);
}

static void an_exit_leaves_its_registers(void)
{
	begin();
	umbra_vcpu_capture(&carrier);
	EXPECT(told().state == UMBRA_VCPU_RUNNING && told().cr3 == 0x1000);
	next = 0x2000;
	umbra_vcpu_capture(&carrier);
	vcpu.arch.hflags = 0;
	EXPECT(told().state == UMBRA_VCPU_STOPPED && told().cr3 == 0x2000);
	EXPECT(told().rip == ~0x2000ull);
}

static void held_is_held(void)
{
	begin();
	umbra_vcpu_capture(&carrier);
	tenant_vcpu.held = true;
	EXPECT(told().state == UMBRA_VCPU_HELD);
}

static void interrupted_is_held_only_while_the_vm_is_paused(void)
{
	begin();
	umbra_vcpu_capture(&carrier);
	carrier.interrupted = true;
	EXPECT(told().state == UMBRA_VCPU_RUNNING);
	tenant.paused = UMBRA_PAUSE_MOMENT;
	EXPECT(told().state == UMBRA_VCPU_HELD);
	carrier.inside = false;
	EXPECT(told().state == UMBRA_VCPU_STOPPED);
}

static void a_carrier_that_runs_another_is_not_this_one(void)
{
	struct umbra_tenant_vcpu other = {};

	begin();
	umbra_vcpu_capture(&carrier);
	carrier.current_vcpu = &other;
	EXPECT(told().state == UMBRA_VCPU_STOPPED);
	tenant_vcpu.carrier = NULL;
	EXPECT(told().state == UMBRA_VCPU_STOPPED && told().cr3 == 0x1000);
}

static void an_entry_that_is_not_known_leaves_nothing(void)
{
	begin();
	carrier.inside = false;
	umbra_vcpu_capture(&carrier);
	carrier.current_vcpu = NULL;
	umbra_vcpu_capture(&carrier);
	EXPECT(!tenant_vcpu.registers.known && !tenant_vcpu.registers.values.cr3);
}

static void a_lost_vcpu_tells_nothing(void)
{
	begin();
	umbra_vcpu_capture(&carrier);
	tenant_vcpu.lost = true;
	EXPECT(told().state == UMBRA_VCPU_UNKNOWN && !told().cr3 && !told().rip);
}

static void those_of_the_cloud_vm_are_told_apart_from_the_tenants(void)
{
	struct umbra_vcpu_registers payload;

	begin();
	umbra_vcpu_tell_own(&carrier, &payload);
	EXPECT(payload.state == UMBRA_VCPU_UNKNOWN && !payload.cr3);
	umbra_vcpu_capture(&carrier);
	next = 0x3000;
	umbra_vcpu_capture_own(&carrier);
	umbra_vcpu_tell_own(&carrier, &payload);
	EXPECT(payload.state == UMBRA_VCPU_RUNNING && payload.cr3 == 0x3000 && !payload.flags);
	EXPECT(told().cr3 == 0x1000);
}

int main(int argc, char **argv)
{
	nothing_is_known_before_it_stopped();
	an_exit_leaves_its_registers();
	held_is_held();
	interrupted_is_held_only_while_the_vm_is_paused();
	a_carrier_that_runs_another_is_not_this_one();
	an_entry_that_is_not_known_leaves_nothing();
	a_lost_vcpu_tells_nothing();
	those_of_the_cloud_vm_are_told_apart_from_the_tenants();
	return 0;
}
