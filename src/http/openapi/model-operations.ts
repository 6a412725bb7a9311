import { MODEL_CONFIG } from '../../codecs/open-inference/model-config.ts';
import { EXAMPLE_STATISTICS } from './model-statistics-example.ts';
import { inferenceProblemResponses, jsonResponse, schemaRef } from './response-descriptions.ts';

// Descriptions of the routes of Triton's extensions about the model: statistics, configuration and repository.

const STATISTICS = {
  all: { operationId: 'getStatistics', summary: 'Statistics of all models' },
  model: { operationId: 'getModelStatistics', summary: 'Statistics of the model' },
  version: { operationId: 'getModelStatisticsOfVersion', summary: 'Statistics of the model' },
};

export function statisticsOperation(which: 'all' | 'model' | 'version') {
  return {
    ...STATISTICS[which],
    description:
      'The inferences of `/v2` since the process started, by number and time. `GET /metrics` has those of all routes, with more detail.',
    tags: ['open inference'],
    response: {
      200: jsonResponse('The statistics.', 'ModelStatistics', 'After two inferences', EXAMPLE_STATISTICS),
      ...inferenceProblemResponses('unauthorized', 'internal'),
    },
  };
}

export function configOperation(version: string) {
  return {
    operationId: `getModelConfig${version === '' ? '' : 'OfVersion'}`,
    summary: "The model's configuration, as Triton has it",
    tags: ['open inference'],
    response: {
      200: jsonResponse('The configuration.', 'ModelConfig', 'The configuration', MODEL_CONFIG),
      ...inferenceProblemResponses('unauthorized', 'internal'),
    },
  };
}

export function repositoryIndexOperation() {
  const example = [{ name: MODEL_CONFIG.name, version: '1', state: 'READY', reason: '' }];
  return {
    operationId: 'listModels',
    summary: 'The models and their states',
    description: 'The one model. The body may be empty.',
    tags: ['open inference'],
    body: { content: { 'application/json': { schema: schemaRef('RepositoryIndexRequest') } } },
    response: {
      200: jsonResponse('The models.', 'RepositoryIndex', 'The model is ready', example),
      ...inferenceProblemResponses(
        'unauthorized',
        'cross_site_request',
        'malformed_body',
        'body_too_large',
        'request_timeout',
        'invalid_request',
        'shutting_down',
        'internal',
      ),
    },
  };
}

export function repositoryLoadOperation(action: 'load' | 'unload') {
  return {
    operationId: `${action}Model`,
    summary: `${action === 'load' ? 'Load' : 'Unload'} a model: always an error`,
    description: 'The one model is loaded as long as the service runs. The body is not read.',
    tags: ['open inference'],
    params: { type: 'object', properties: { model: { type: 'string', description: "The model's name." } } },
    response: inferenceProblemResponses(
      'unauthorized',
      'cross_site_request',
      'invalid_request',
      'not_found',
      'internal',
    ),
  };
}
