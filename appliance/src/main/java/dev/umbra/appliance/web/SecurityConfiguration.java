// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Authenticator;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.console.ConsoleKind;
import dev.umbra.appliance.telemetry.MetricsProperties;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.header.writers.CrossOriginOpenerPolicyHeaderWriter.CrossOriginOpenerPolicy;
import org.springframework.security.web.header.writers.CrossOriginResourcePolicyHeaderWriter.CrossOriginResourcePolicy;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.savedrequest.NullRequestCache;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who is asking. Pages sign in once and then carry a session cookie and, with everything that changes something, a token against
 * forged requests. Programs send Basic credentials with each request and need no token, as no page can make them send one. Which VM
 * an account may touch is not decided here but in {@link dev.umbra.appliance.vm.VmAccessPolicy}.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
    private static final String CONTENT_SECURITY = "default-src 'none'; script-src 'self'; style-src 'self'%s; "
            + "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
            + "form-action 'self'; frame-ancestors 'none'";

    @Bean
    AuthenticationManager authenticationManager(Authenticator authenticator) {
        return new ProviderManager(new AccountAuthenticationProvider(authenticator));
    }

    @Bean
    SecurityFilterChain security(
            HttpSecurity http,
            AuthenticationManager manager,
            AuditTrail audit,
            MetricsProperties metrics,
            JsonMapper json)
            throws Exception {
        HttpSessionSecurityContextRepository sessions = new HttpSessionSecurityContextRepository();
        SecurityProblems problems = new SecurityProblems(json);
        CookieCsrfTokenRepository tokens = CookieCsrfTokenRepository.withHttpOnlyFalse();
        tokens.setCookieCustomizer(
                cookie -> cookie.secure(true).sameSite("Strict").path("/"));
        http.authenticationManager(manager)
                .requestCache(cache -> cache.requestCache(new NullRequestCache()))
                .sessionManagement(management -> management.sessionCreationPolicy(SessionCreationPolicy.NEVER))
                .csrf(csrf -> csrf.spa()
                        .csrfTokenRepository(tokens)
                        .ignoringRequestMatchers(BrowserRequests::fromProgramWithCredentials))
                .exceptionHandling(
                        refusals -> refusals.authenticationEntryPoint(problems).accessDeniedHandler(problems))
                .httpBasic(basic -> basic.authenticationEntryPoint(problems)
                        .authenticationDetailsSource(request -> details(request, Authenticator.Door.API)))
                .formLogin(form -> form.loginPage("/login.html")
                        .loginProcessingUrl("/login")
                        .authenticationDetailsSource(request -> details(request, Authenticator.Door.PAGE))
                        .successHandler((request, response, login) -> keepSignedIn(sessions, request, response))
                        .failureHandler(problems))
                .logout(logout -> logout.logoutUrl("/logout")
                        .addLogoutHandler((request, response, login) -> loggedOut(audit, request, login))
                        .logoutSuccessHandler(
                                (request, response, login) -> response.setStatus(HttpStatus.NO_CONTENT.value())))
                .addFilterBefore(new RequestSizeFilter(json), SecurityContextHolderFilter.class)
                .authorizeHttpRequests(requests -> requests.requestMatchers(
                                "/api/v1/openapi",
                                "/api/v1/openapi.yaml",
                                "/api/v1/problems",
                                ConsoleKind.SERIAL.path(),
                                ConsoleKind.GRAPHICAL.path())
                        .permitAll()
                        .requestMatchers("/actuator/health", "/actuator/health/**")
                        .permitAll()
                        .requestMatchers("/actuator/prometheus")
                        .hasAnyAuthority("ROLE_ADMINISTRATOR", ScrapeTokenFilter.AUTHORITY)
                        .requestMatchers("/actuator/**")
                        .hasRole("ADMINISTRATOR")
                        .requestMatchers("/api/**")
                        .authenticated()
                        .requestMatchers(HttpMethod.GET, "/**")
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .headers(headers -> headers.httpStrictTransportSecurity(transport -> transport
                                .requestMatcher(request -> true)
                                .maxAgeInSeconds(Duration.ofDays(365).toSeconds())
                                .includeSubDomains(false))
                        .contentTypeOptions(options -> {})
                        .frameOptions(frames -> frames.deny())
                        .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.NO_REFERRER))
                        .crossOriginOpenerPolicy(policy -> policy.policy(CrossOriginOpenerPolicy.SAME_ORIGIN))
                        .crossOriginResourcePolicy(policy -> policy.policy(CrossOriginResourcePolicy.SAME_ORIGIN))
                        .addHeaderWriter(SecurityConfiguration::writeContentSecurity));
        if (metrics.scrapeTokenSha256() != null) {
            http.addFilterBefore(new ScrapeTokenFilter(metrics.scrapeTokenSha256()), BasicAuthenticationFilter.class);
        }
        return http.build();
    }

    /** The terminal measures and paints with styles it makes itself; no other page needs that. */
    private static void writeContentSecurity(HttpServletRequest request, HttpServletResponse response) {
        boolean terminal = request.getRequestURI().startsWith("/console/");
        response.setHeader("Content-Security-Policy", CONTENT_SECURITY.formatted(terminal ? " 'unsafe-inline'" : ""));
    }

    /** Only here is a session made; whoever signs in with each request needs none. */
    private static void keepSignedIn(
            HttpSessionSecurityContextRepository sessions, HttpServletRequest request, HttpServletResponse response) {
        sessions.saveContext(SecurityContextHolder.getContext(), request, response);
        response.setStatus(HttpStatus.NO_CONTENT.value());
    }

    private static DoorDetails details(HttpServletRequest request, Authenticator.Door door) {
        return new DoorDetails(door, request.getRemoteAddr());
    }

    private static void loggedOut(AuditTrail audit, HttpServletRequest request, Authentication login) {
        if (login != null && login.getPrincipal() instanceof Account account) {
            audit.record(AuditEvent.of(AuditKind.LOGOUT).by(account).from(request.getRemoteAddr()));
        }
    }
}
