// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The owners' notices: one row per VM and kind, so that no flood of refusals makes them grow. */
public final class VmNotices {
    private final JdbcClient database;
    private final InstantSource clock;

    public VmNotices(JdbcClient database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    public void raise(UUID vm, VmNotice.Code code) {
        try {
            merge(vm, code);
        } catch (DuplicateKeyException raisedAtOnce) {
            // Another thread has inserted it since; it is there to be counted now.
            merge(vm, code);
        }
    }

    private void merge(UUID vm, VmNotice.Code code) {
        OffsetDateTime now = OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
        database.sql("""
                        merge into vm_notice using (values (cast(:vm as uuid), :code)) as new (vm, code)
                        on vm_notice.vm = new.vm and vm_notice.code = new.code
                        when matched then update set last_at = :now, times = times + 1
                        when not matched then insert (vm, code, first_at, last_at, times)
                        values (new.vm, new.code, :now, :now, 1)""")
                .param("vm", vm)
                .param("code", code.name())
                .param("now", now)
                .update();
    }

    public List<VmNotice> of(UUID vm) {
        return database.sql("select * from vm_notice where vm = :vm order by last_at desc")
                .param("vm", vm)
                .query((row, number) -> new VmNotice(
                        VmNotice.Code.valueOf(row.getString("code")),
                        row.getObject("first_at", OffsetDateTime.class).toInstant(),
                        row.getObject("last_at", OffsetDateTime.class).toInstant(),
                        row.getLong("times")))
                .list();
    }

    /** Returns whether there was such a notice. */
    public boolean dismiss(UUID vm, VmNotice.Code code) {
        return database.sql("delete from vm_notice where vm = :vm and code = :code")
                        .param("vm", vm)
                        .param("code", code.name())
                        .update()
                > 0;
    }
}
