// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Authenticator;
import dev.umbra.appliance.problem.ProblemCode;
import java.util.Arrays;
import java.util.List;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** Lets the appliance's own authenticator answer for Spring Security. */
final class AccountAuthenticationProvider implements AuthenticationProvider {
    private final Authenticator authenticator;

    AccountAuthenticationProvider(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public Authentication authenticate(Authentication attempt) {
        if (!(attempt.getDetails() instanceof DoorDetails details) || attempt.getCredentials() == null) {
            throw new BadCredentialsException(ProblemCode.CREDENTIALS_REFUSED.title());
        }
        char[] password = attempt.getCredentials().toString().toCharArray();
        try {
            return switch (authenticator.byPassword(attempt.getName(), password, details.address(), details.door())) {
                case Authenticator.Outcome.Accepted(Account account) -> accepted(account, details);
                case Authenticator.Outcome.Refused ignored ->
                    throw new BadCredentialsException(ProblemCode.CREDENTIALS_REFUSED.title());
                case Authenticator.Outcome.Throttled ignored -> throw new LoginThrottledException();
            };
        } finally {
            Arrays.fill(password, '\0');
        }
    }

    @Override
    public boolean supports(Class<?> kind) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(kind);
    }

    private static Authentication accepted(Account account, DoorDetails details) {
        UsernamePasswordAuthenticationToken token = UsernamePasswordAuthenticationToken.authenticated(
                account,
                null,
                List.of(new SimpleGrantedAuthority("ROLE_" + account.role().name())));
        token.setDetails(details);
        return token;
    }
}
