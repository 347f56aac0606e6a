// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The appliance's certificates.
 *
 * @param names host names and IP addresses clients use, beside localhost and its addresses
 * @param authorityValidity of the certificate authority, made once
 * @param validity of each server certificate
 * @param renewBefore time before its end at which a server certificate is renewed
 * @param checkInterval time between two looks at it
 */
@Validated
@ConfigurationProperties("umbra.certificate")
public record CertificateProperties(
        @DefaultValue List<@Pattern(regexp = "[A-Za-z0-9*][A-Za-z0-9.:-]{0,252}") String> names,
        @DefaultValue("3650d") @DurationMin(days = 30) Duration authorityValidity,
        @DefaultValue("365d") @DurationMin(days = 2) Duration validity,
        @DefaultValue("30d") @DurationMin(days = 1) Duration renewBefore,
        @DefaultValue("12h") @DurationMin(minutes = 1) Duration checkInterval) {
    public CertificateProperties {
        if (renewBefore.compareTo(validity) >= 0) {
            throw new IllegalArgumentException("umbra.certificate.renew-before must be shorter than the validity");
        }
    }
}
