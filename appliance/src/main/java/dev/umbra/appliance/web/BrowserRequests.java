// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;

/** Tells browsers from programs: every current browser says of each request from where it comes (Fetch Metadata). */
final class BrowserRequests {
    private BrowserRequests() {}

    static boolean fromBrowser(HttpServletRequest request) {
        return request.getHeader("Sec-Fetch-Site") != null || request.getHeader(HttpHeaders.ORIGIN) != null;
    }

    /** A program that sends its credentials itself cannot be tricked into a request by a page. */
    static boolean fromProgramWithCredentials(HttpServletRequest request) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        return !fromBrowser(request) && authorization != null && authorization.regionMatches(true, 0, "Basic ", 0, 6);
    }
}
