-- A tenant's VM. The binding names the running VM that proved to be it.
create table vm_record (
    id            uuid primary key,
    name          varchar(63) not null unique,
    tenant        varchar(32) not null,
    created_at    timestamp(3) with time zone not null,
    host_instance uuid,
    tenant_vm     bigint,
    bound_at      timestamp(3) with time zone,
    bound_secret  binary(32),
    constraint binding_complete check ((host_instance is null) = (tenant_vm is null)),
    constraint binding_unique unique (host_instance, tenant_vm)
);
create index vm_record_tenant on vm_record (tenant);

-- SHA-256 of every secret ever given out for a record, so that a used one is known again.
create table enrolment_secret (
    hash        binary(32) primary key,
    vm          uuid not null references vm_record (id) on delete cascade,
    created_at  timestamp(3) with time zone not null,
    expires_at  timestamp(3) with time zone not null,
    state       varchar(16) not null
);
create index enrolment_secret_vm on enrolment_secret (vm);

-- What the tenant should know about its VM, one row per kind.
create table vm_notice (
    vm       uuid not null references vm_record (id) on delete cascade,
    code     varchar(40) not null,
    first_at timestamp(3) with time zone not null,
    last_at  timestamp(3) with time zone not null,
    times    bigint not null,
    primary key (vm, code)
);

create table audit_entry (
    id      bigint generated always as identity primary key,
    at      timestamp(3) with time zone not null,
    kind    varchar(32) not null,
    actor   varchar(64),
    role    varchar(16),
    tenant  varchar(32),
    vm      uuid,
    subject varchar(128),
    address varchar(64),
    detail  varchar(500)
);
create index audit_entry_at on audit_entry (at);
create index audit_entry_tenant on audit_entry (tenant, id);
create index audit_entry_vm on audit_entry (vm, id);
