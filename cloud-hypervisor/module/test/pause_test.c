// SPDX-License-Identifier: GPL-2.0
/* When a paused VM counts as held, and what must not happen on the way there. */
#include "test.h"

static struct kvm_vcpu vcpu;
static struct umbra_cloud cloud;
static struct umbra_tenant tenant;
static struct umbra_carrier carrier;
static struct umbra_tenant_vcpu tenant_vcpu;
static struct delayed_work *poll;
static unsigned int woken, kicks, requests;
static bool wanted;
static u64 now;

static void capture(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers)
{
}

static const struct umbra_backend backend = { .capture = capture };

struct umbra_state umbra = { .backend = &backend };
struct workqueue_struct *system_highpri_wq;
unsigned long jiffies;

u64 ktime_get_ns(void)
{
	return now;
}

void mod_delayed_work(struct workqueue_struct *queue, struct delayed_work *work, unsigned long delay)
{
	poll = work;
	woken += !delay;
}

void kvm_make_request(int request, struct kvm_vcpu *vcpu)
{
	requests++;
}

void umbra_carrier_kick(struct kvm_vcpu *vcpu)
{
	kicks++;
}

bool umbra_carrier_wanted(struct kvm_vcpu *vcpu)
{
	return wanted;
}

/* What the vCPU sleeps for happens at once; what is seen of it meanwhile is kept. */
static bool held_while_asleep;

bool umbra_carrier_wait(struct kvm_vcpu *vcpu, bool (*ready)(void *), void *argument,
			const bool *delivered)
{
	held_while_asleep = tenant_vcpu.held;
	return ready(argument);
}

void umbra_device_notify(bool urgent)
{
}

static void begin(void)
{
	memset(&tenant, 0, sizeof(tenant));
	memset(&tenant_vcpu, 0, sizeof(tenant_vcpu));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&umbra.registry, 0, sizeof(umbra.registry));
	umbra.clouds = (struct list_head) { &cloud.link, &cloud.link };
	cloud.link = (struct list_head) { &umbra.clouds, &umbra.clouds };
	cloud.tenants = (struct list_head) { &tenant.link, &tenant.link };
	tenant.link = (struct list_head) { &cloud.tenants, &cloud.tenants };
	cloud.carriers = (struct list_head) { &carrier.link, &carrier.link };
	carrier = (struct umbra_carrier) {
		.link = { &cloud.carriers, &cloud.carriers },
		.vcpu = &vcpu, .cloud = &cloud, .current_vcpu = &tenant_vcpu, .inside = true,
	};
	tenant.cloud = &cloud;
	tenant_vcpu.tenant = &tenant;
	tenant_vcpu.carrier = &carrier;
	vcpu.arch.hflags = HF_GUEST_MASK;
	woken = kicks = requests = 0;
	wanted = false;
	now = 1;
}

static bool settled_after_a_look(void)
{
	poll->function(NULL);
	return tenant.moment.state == UMBRA_PAUSE_HELD;
}

static void pause_it(void)
{
	EXPECT(!umbra_pause_moment(&tenant, 7, 1000));
	EXPECT(kicks == 1 && woken == 1);
}

static void a_vcpu_that_runs_is_not_held(void)
{
	begin();
	vcpu.mode = IN_GUEST_MODE;
	pause_it();
	EXPECT(!settled_after_a_look());
}

static void one_that_is_with_l1_is_held(void)
{
	begin();
	vcpu.arch.hflags = 0;
	EXPECT(!umbra_pause_moment(&tenant, 7, 1000));
	EXPECT(settled_after_a_look() && !kicks);
}

static void one_that_sleeps_at_its_entry_is_held(void)
{
	begin();
	pause_it();
	EXPECT(!settled_after_a_look());
	umbra_hold(&carrier);
	EXPECT(held_while_asleep && woken == 2 && !tenant_vcpu.held);
	tenant_vcpu.held = true;
	EXPECT(settled_after_a_look());
}

/* Woken there, the poll takes the CPU, and the entry by which L1 gets its carrier is given up. */
static void one_that_l1_needs_does_not_wake_the_poll(void)
{
	begin();
	pause_it();
	wanted = true;
	umbra_hold(&carrier);
	EXPECT(!held_while_asleep && woken == 1);
}

static void one_that_the_host_interrupted_is_held_wherever_its_thread_is(void)
{
	begin();
	umbra_interrupted(&carrier);
	EXPECT(!woken && tenant_vcpu.registers.known);
	pause_it();
	EXPECT(settled_after_a_look());
}

static void an_interrupt_while_it_is_paused_says_so_at_once(void)
{
	begin();
	pause_it();
	umbra_interrupted(&carrier);
	EXPECT(woken == 2 && settled_after_a_look());
}

static void what_is_not_known_is_not_held_by_an_interrupt(void)
{
	begin();
	carrier.inside = false;
	umbra_interrupted(&carrier);
	pause_it();
	EXPECT(!settled_after_a_look());
}

static void an_entry_ends_what_the_interrupt_left(void)
{
	begin();
	umbra_interrupted(&carrier);
	EXPECT(umbra_may_run(&carrier) && !carrier.interrupted);
	umbra_interrupted(&carrier);
	pause_it();
	EXPECT(!umbra_may_run(&carrier) && carrier.interrupted);
	umbra_entry_begins(&carrier);
	EXPECT(!carrier.interrupted && !carrier.inside);
}

static void patience_ends(void)
{
	begin();
	jiffies = 1000;
	pause_it();
	EXPECT(!settled_after_a_look());
	jiffies += HZ;
	EXPECT(settled_after_a_look());
}

static void nobody_ends_it(void)
{
	begin();
	pause_it();
	tenant_vcpu.held = true;
	EXPECT(settled_after_a_look() && umbra_must_hold(&carrier));
	now += 1001 * NSEC_PER_MSEC;
	poll->function(NULL);
	EXPECT(tenant.moment.state == UMBRA_PAUSE_EXPIRED && !umbra_must_hold(&carrier));
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_PAUSES_EXPIRED] == 1);
}

int main(int argc, char **argv)
{
	a_vcpu_that_runs_is_not_held();
	one_that_is_with_l1_is_held();
	one_that_sleeps_at_its_entry_is_held();
	one_that_l1_needs_does_not_wake_the_poll();
	one_that_the_host_interrupted_is_held_wherever_its_thread_is();
	an_interrupt_while_it_is_paused_says_so_at_once();
	what_is_not_known_is_not_held_by_an_interrupt();
	an_entry_ends_what_the_interrupt_left();
	patience_ends();
	nobody_ends_it();
	return 0;
}
