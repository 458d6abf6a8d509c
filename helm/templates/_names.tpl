{{/* The release's name, with the chart's after it unless it is in it: fits all that is named after it, with suffixes of at most 11. */}}
{{- define "nireon-operator.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "nireon-operator.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "nireon-operator.fullname" .) -}}
{{- end -}}

{{- define "nireon-operator.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* What selects the operator's pods; never changes, since a Deployment's selector cannot. */}}
{{- define "nireon-operator.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "nireon-operator.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: nireon
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{/* Who the rights are given to. */}}
{{- define "nireon-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "nireon-operator.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "nireon-operator.podSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "nireon-operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
