// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import java.security.Principal;
import java.util.Objects;

/** Somebody who has proved who they are. Holds no credential. */
public record Account(String name, Role role) implements Principal {
    public Account {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(role, "role");
    }

    @Override
    public String getName() {
        return name;
    }
}
