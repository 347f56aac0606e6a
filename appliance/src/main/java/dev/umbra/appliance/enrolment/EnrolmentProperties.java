// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.enrolment;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Enrolment of tenant VMs.
 *
 * @param secretValidity time in which a secret can be used
 */
@Validated
@ConfigurationProperties("umbra.enrolment")
public record EnrolmentProperties(
        @DefaultValue("7d") @DurationMin(seconds = 1) @DurationMax(days = 90)
        Duration secretValidity) {}
