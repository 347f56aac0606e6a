// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.access;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the user name of a login says: {@code VM} opens the console to write and takes the line over, {@code VM+view} only looks.
 *
 * @param vmName the virtual machine
 * @param viewOnly whether the session is to be read-only
 */
public record ConsoleUserName(String vmName, boolean viewOnly) {
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,127})(\\+view)?");

    /** Empty for what cannot be the name of a virtual machine. */
    public static Optional<ConsoleUserName> parse(String userName) {
        Matcher matcher = FORM.matcher(userName);
        return matcher.matches()
                ? Optional.of(new ConsoleUserName(matcher.group(1), matcher.group(2) != null))
                : Optional.empty();
    }
}
