// Loaded by Node's --import, it fails every import of OpenTelemetry's SDK and exporter, to show that the service does not
// load them unless a collector is configured. (prom-client needs the interface alone, `@opentelemetry/api`.)
import { register } from 'node:module';

const hook = `export function resolve(specifier, context, next) {
  if (/^@opentelemetry\\/(?!api$)/.test(specifier)) throw new Error('blocked ' + specifier);
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
