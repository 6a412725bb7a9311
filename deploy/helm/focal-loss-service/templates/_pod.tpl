{{/* DRAIN_DELAY_MS and REQUEST_TIMEOUT_MS in whole seconds, and the margin. */}}
{{- define "focal-loss.graceSeconds" -}}
{{- $ms := add (int .Values.settings.DRAIN_DELAY_MS) (int .Values.settings.REQUEST_TIMEOUT_MS) -}}
{{- add (div (add $ms 999) 1000) .Values.shutdownMarginSeconds -}}
{{- end }}

{{- define "focal-loss.env" -}}
{{- if not (hasKey .Values.settings "ENGINE_THREADS") }}
- name: ENGINE_THREADS
  valueFrom:
    resourceFieldRef: { containerName: focal-loss, resource: limits.cpu, divisor: "1" }
{{- end }}
{{- if include "focal-loss.keysSecret" . }}
- { name: API_KEYS_FILE, value: /etc/focal-loss/api-keys }
{{- end }}
{{- if .Values.gpu.enabled }}
- { name: CUDA_CACHE_PATH, value: /var/cache/cuda }
- { name: CUDA_CACHE_MAXSIZE, value: "4294967296" }
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "focal-loss.resources" -}}
{{- $resources := deepCopy .Values.resources -}}
{{- if .Values.gpu.enabled -}}
{{- $_ := set $resources "limits" (merge (dict .Values.gpu.resource .Values.gpu.count) (default dict $resources.limits)) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end }}

{{- define "focal-loss.placement" -}}
{{- $gpu := .Values.gpu -}}
{{- $nodeSelector := .Values.nodeSelector -}}
{{- $tolerations := .Values.tolerations -}}
{{- if $gpu.enabled -}}
{{- $nodeSelector = merge (dict) .Values.nodeSelector $gpu.nodeSelector -}}
{{- $tolerations = concat .Values.tolerations $gpu.tolerations -}}
{{- end -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{- include "focal-loss.selector" . | nindent 8 }}
{{- with $nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
