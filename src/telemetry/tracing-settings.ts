import type { FastifyBaseLogger } from 'fastify';

/**
 * Whether OpenTelemetry's own settings ask for traces.
 *
 * An empty variable counts as not set, and booleans and enumerations may be written in any case:
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function wantsTraces(
  environment: Readonly<Record<string, string | undefined>>,
  logger: FastifyBaseLogger,
): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } =
    environment;
  if (!(OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)) return false;
  if (OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return false;
  const exporters = (OTEL_TRACES_EXPORTER || 'otlp').split(',').map((name) => name.trim().toLowerCase());
  if (exporters.includes('otlp')) return true;
  if (!exporters.includes('none')) {
    logger.warn(`OTEL_TRACES_EXPORTER: expected otlp or none, got ${OTEL_TRACES_EXPORTER}; there are no traces`);
  }
  return false;
}
