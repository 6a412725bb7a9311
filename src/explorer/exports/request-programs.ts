import { JSON_TYPE } from '../batch-files/batch-file.ts';
import { type ExportedRequest, KEY_VARIABLE } from './exported-request.ts';
import { longOptions, pythonCall } from './python-arguments.ts';

/** Programs that send the saved body again, and print the loss. */
export const REQUEST_PROGRAMS: Readonly<Record<string, (request: ExportedRequest) => string>> = {
  curl: ({ service, type, file, needsKey }) =>
    [
      `curl ${service}/v1/focal-loss`,
      `-H 'content-type: ${type}'`,
      `-H 'accept: application/json'`,
      ...(needsKey ? [`-H "authorization: Bearer $${KEY_VARIABLE}"`] : []),
      `--data-binary @${file}`,
    ].join(' \\\n  '),
  Python: (request) =>
    [
      '# pip install focal-loss-client',
      ...pythonImports(request),
      '',
      ...(request.type === JSON_TYPE ? readJson(request) : readTensors(request)),
      'print(result.loss)',
    ].join('\n'),
  R: ({ service, type, file, needsKey }) =>
    [
      'library(httr2)',
      '',
      `response <- request("${service}/v1/focal-loss") |>`,
      ...(needsKey ? [`  req_auth_bearer_token(Sys.getenv("${KEY_VARIABLE}")) |>`] : []),
      '  req_headers(accept = "application/json") |>',
      `  req_body_file("${file}", type = "${type}") |>`,
      '  req_perform()',
      'print(resp_body_json(response)$loss, digits = 10)',
    ].join('\n'),
};

function pythonImports({ type, needsKey }: ExportedRequest): string[] {
  const standard = [...(type === JSON_TYPE ? ['import json'] : []), ...(needsKey ? ['import os'] : [])];
  return [
    ...(type === JSON_TYPE ? [] : ['# pip install safetensors']),
    ...standard,
    ...(standard.length > 0 ? [''] : []),
    'from focal_loss_client import FocalLossClient',
    ...(type === JSON_TYPE ? [] : ['from safetensors.numpy import load_file']),
  ];
}

function readJson(request: ExportedRequest): string[] {
  return [
    `with open("${request.file}") as file:`,
    '    batch = json.load(file)',
    `result = ${clientOf(request)}.focal_loss(**batch)`,
  ];
}

function readTensors(request: ExportedRequest): string[] {
  return [
    ...longOptions(request.options),
    `batch = load_file("${request.file}")`,
    `result = ${pythonCall(`${clientOf(request)}.focal_loss`, ['**batch'], request.options)}`,
  ];
}

function clientOf({ service, needsKey }: ExportedRequest): string {
  return needsKey
    ? `FocalLossClient("${service}", api_key=os.environ["${KEY_VARIABLE}"])`
    : `FocalLossClient("${service}")`;
}
