// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import dev.umbra.appliance.problem.ProblemCode;
import org.springframework.security.authentication.AccountStatusException;

/** The login was refused without a look at the password. */
final class LoginThrottledException extends AccountStatusException {
    LoginThrottledException() {
        super(ProblemCode.LOGIN_RATE_LIMITED.title());
    }
}
