// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.problem.ProblemDetails;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.csrf.CsrfException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refusals of the security filters as problems. Browsers are not challenged for Basic credentials: they would keep them and send
 * them along with requests of other pages.
 */
final class SecurityProblems implements AuthenticationEntryPoint, AccessDeniedHandler, AuthenticationFailureHandler {
    private final JsonMapper json;

    SecurityProblems(JsonMapper json) {
        this.json = json;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException refusal)
            throws IOException {
        ProblemCode problem = switch (refusal) {
            case LoginThrottledException ignored -> ProblemCode.LOGIN_RATE_LIMITED;
            case BadCredentialsException ignored -> ProblemCode.CREDENTIALS_REFUSED;
            default -> ProblemCode.AUTHENTICATION_REQUIRED;
        };
        if (!BrowserRequests.fromBrowser(request)) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Umbra\", charset=\"UTF-8\"");
        }
        ProblemDetails.write(response, json, problem);
    }

    @Override
    public void onAuthenticationFailure(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException refusal)
            throws IOException {
        commence(request, response, refusal);
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException refusal)
            throws IOException {
        ProblemDetails.write(
                response, json, refusal instanceof CsrfException ? ProblemCode.CSRF_REFUSED : ProblemCode.FORBIDDEN);
    }
}
