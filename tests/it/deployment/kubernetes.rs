//! The manifests: Kubernetes' own schemas accept each object, and what an object names exists in another one.
//!
//! The schemas are strict: an unknown key is a mistake. They do not follow names from one object to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::{blocks, folder, is_a_command_of_posemo, settings_are_valid};
use crate::programs::{need, reader};

/// The versions of Kubernetes, of which `bin/readers` fetches the schemas.
const VERSIONS: [&str; 3] = ["1.29", "1.33", "1.37"];

/// The objects of all files, each with the name of its file.
fn objects() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder().join("kubernetes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let all: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
            found.extend(all.into_iter().map(|object| (name.clone(), object)));
        }
    }
    found.sort_by_key(|(name, _)| name.clone());
    found
}

/// A value by the keys on the way to it; null without it.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, key| &value[key])
}

/// The elements of a list; none without it.
fn each<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    at(value, path).as_array().into_iter().flatten()
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    at(value, path).as_str().unwrap_or_else(|| panic!("{path} in {value}"))
}

/// The object of a kind with a name.
fn object<'o>(objects: &'o [(String, Value)], kind: &str, name: &str) -> &'o Value {
    let is_it = |object: &Value| object["kind"] == kind && object["metadata"]["name"] == name;
    let found = objects.iter().find(|(_, object)| is_it(object));
    &found.unwrap_or_else(|| panic!("no {kind} {name}")).1
}

/// The workloads: the object, and its template of pods.
fn workloads(objects: &[(String, Value)]) -> Vec<(&Value, &Value)> {
    let template = |object| match at(object, "spec.jobTemplate") {
        Value::Null => at(object, "spec.template"),
        job => at(job, "spec.template"),
    };
    let all = objects.iter().map(|(_, object)| (object, template(object)));
    all.filter(|(_, template)| template.is_object()).collect()
}

/// The name of the schema of an object.
fn schema_of(object: &Value) -> String {
    let (group, version) =
        text(object, "apiVersion").split_once('/').unwrap_or(("core", text(object, "apiVersion")));
    let group = group.split('.').next().unwrap();
    format!("io.k8s.api.{group}.{version}.{}", text(object, "kind"))
}

/// The schemas of a version that these objects need: one schema of an object whose keys are names of schemas.
fn validator(version: &str, objects: &[(String, Value)]) -> jsonschema::Validator {
    let file = fs::read_to_string(reader(&format!("kubernetes/{version}.json"))).unwrap();
    let mut all: Value = serde_json::from_str(&file).unwrap();
    let all = all["$defs"].as_object_mut().unwrap();
    let names: BTreeSet<String> = objects.iter().map(|(_, object)| schema_of(object)).collect();
    let mut waiting: Vec<String> = names.iter().cloned().collect();
    let mut needed = serde_json::Map::new();
    while let Some(name) = waiting.pop() {
        if let Some(definition) = all.remove(&name) {
            let written = definition.to_string();
            let references = written.split("\"#/$defs/").skip(1);
            waiting.extend(references.map(|rest| rest.split('"').next().unwrap().to_owned()));
            needed.insert(name, definition);
        }
    }
    assert!(names.iter().all(|name| needed.contains_key(name)), "{version} has not all {names:?}");
    let reference = |name: &String| (name.clone(), json!({ "$ref": format!("#/$defs/{name}") }));
    let properties: serde_json::Map<String, Value> = names.iter().map(reference).collect();
    jsonschema::validator_for(&json!({ "properties": properties, "$defs": needed })).unwrap()
}

/// The mistakes of an object.
fn mistakes(validator: &jsonschema::Validator, object: &Value) -> Vec<String> {
    let named = json!({ schema_of(object): object });
    validator
        .iter_errors(&named)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn kubernetes_accepts_the_objects() {
    need!("kubernetes");
    for version in VERSIONS {
        let objects = objects();
        let validator = validator(version, &objects);
        for (file, object) in &objects {
            let found = mistakes(&validator, object);
            assert!(found.is_empty(), "{version}: {file}: {found:#?}");
            // The namespace is that of the command.
            assert!(at(object, "metadata.namespace").is_null(), "{file}");
        }
        assert_eq!(objects.len(), 9);
        // It must be able to fail: an unknown key deep in a pod, and a wrong type.
        for (path, value) in [
            ("/spec/template/spec/containers/0/livenesProbe", json!({})),
            ("/spec/replicas", json!("one")),
        ] {
            let mut wrong = object_of(&objects, "StatefulSet").clone();
            let (parent, key) = path.rsplit_once('/').unwrap();
            wrong.pointer_mut(parent).unwrap()[key] = value;
            assert!(!mistakes(&validator, &wrong).is_empty(), "{version}: {path}");
        }
    }
}

fn object_of<'o>(objects: &'o [(String, Value)], kind: &str) -> &'o Value {
    &objects.iter().find(|(_, object)| object["kind"] == kind).unwrap().1
}

/// The settings of all pods, as text and as a table.
fn settings(objects: &[(String, Value)]) -> (String, toml::Value) {
    let settings = at(object(objects, "ConfigMap", "posemo"), "data")["posemo.toml"].clone();
    let settings = settings.as_str().unwrap().to_owned();
    let value = toml::from_str(&settings).unwrap();
    (settings, value)
}

#[test]
fn posemo_accepts_the_settings_and_the_arguments() {
    let objects = objects();
    settings_are_valid("settings.yaml", &settings(&objects).0);
    let mut commands = 0;
    for (_, template) in workloads(&objects) {
        let container = &at(template, "spec.containers")[0];
        let words = |key| each(container, key).map(|word| word.as_str().unwrap());
        match container["args"] {
            Value::Null => {
                // The shell turns the codes of a run that was delivered into success.
                let [shell, option, script] = words("command").collect::<Vec<_>>()[..] else {
                    panic!("{container}")
                };
                let (command, end) = script.split_once(';').unwrap();
                is_a_command_of_posemo(command.strip_prefix("posemo ").unwrap());
                for (code, expected) in [(0, 0), (1, 0), (2, 0), (3, 3)] {
                    let script = format!("(exit {code});{end}");
                    let mut shell = std::process::Command::new(shell);
                    let status = shell.args([option, &script]).status().unwrap();
                    assert_eq!(status.code(), Some(expected), "{script}");
                }
            }
            _ => is_a_command_of_posemo(&words("args").collect::<Vec<_>>().join(" ")),
        }
        commands += 1;
    }
    assert_eq!(commands, 3);
}

/// The Pod Security Standard *restricted*, and a root file system that is read only.
#[test]
fn pods_have_no_privileges() {
    let objects = objects();
    for (object, template) in workloads(&objects) {
        let name = text(object, "metadata.name");
        let pod = at(template, "spec.securityContext");
        assert_eq!(pod["runAsNonRoot"], true, "{name}");
        assert!(pod["runAsUser"].as_u64().unwrap() > 999, "{name}");
        assert_eq!(at(pod, "seccompProfile.type"), "RuntimeDefault", "{name}");
        assert_eq!(at(template, "spec.automountServiceAccountToken"), false, "{name}");
        let containers =
            each(template, "spec.initContainers").chain(each(template, "spec.containers"));
        for container in containers {
            let context = &container["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], false, "{name}");
            assert_eq!(context["readOnlyRootFilesystem"], true, "{name}");
            assert_eq!(at(context, "capabilities"), &json!({ "drop": ["ALL"] }), "{name}");
            assert!(at(container, "resources.limits.memory").is_string(), "{name}");
        }
        for volume in each(template, "spec.volumes") {
            let kinds: Vec<&String> =
                volume.as_object().unwrap().keys().filter(|key| *key != "name").collect();
            let restricted = ["configMap", "secret", "emptyDir", "persistentVolumeClaim"];
            assert!(kinds.iter().all(|kind| restricted.contains(&kind.as_str())), "{kinds:?}");
        }
    }
}

/// The labels of the pods that a selector selects are those of one workload.
#[test]
fn selectors_select_pods() {
    let objects = objects();
    let labels: Vec<&Value> =
        workloads(&objects).iter().map(|(_, template)| at(template, "metadata.labels")).collect();
    let selected = |selector: &Value| {
        let pairs = selector.as_object().unwrap();
        labels
            .iter()
            .filter(|labels| pairs.iter().all(|(key, value)| labels[key] == *value))
            .count()
    };
    for (file, object) in &objects {
        let (selector, expected) = match text(object, "kind") {
            "Service" => (at(object, "spec.selector"), 1),
            "StatefulSet" | "Deployment" | "PodDisruptionBudget" => {
                (at(object, "spec.selector.matchLabels"), 1)
            }
            "NetworkPolicy" => (at(object, "spec.podSelector.matchLabels"), labels.len()),
            _ => continue,
        };
        assert_eq!(selected(selector), expected, "{file}: {selector}");
    }
    let set = object(&objects, "StatefulSet", "posemo");
    object(&objects, "Service", text(set, "spec.serviceName"));
}

/// The keys of the Secrets, by the commands of the page.
fn secrets() -> BTreeMap<String, BTreeSet<String>> {
    let page = blocks("kubernetes.md", "sh").concat();
    let mut secrets = BTreeMap::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("kubectl create secret ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let files = words.iter().filter_map(|word| word.strip_prefix("--from-file="));
        let keys = if words[0] == "tls" { vec!["tls.crt", "tls.key"] } else { files.collect() };
        secrets.insert(words[1].to_owned(), keys.into_iter().map(str::to_owned).collect());
    }
    secrets
}

/// Every volume, file, port and name that a pod uses exists.
#[test]
fn what_pods_use_exists() {
    let (objects, secrets) = (objects(), secrets());
    let (_, settings) = settings(&objects);
    let hosts: Vec<&str> = settings["serve"]["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    for (object_with_pods, template) in workloads(&objects) {
        let name = text(object_with_pods, "metadata.name");
        let mut files: BTreeSet<String> = BTreeSet::new();
        let mut volumes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for volume in each(template, "spec.volumes") {
            let keys: Vec<String> = if let Some(secret) = at(volume, "secret.secretName").as_str() {
                secrets[secret].iter().cloned().collect()
            } else if let Some(map) = at(volume, "configMap.name").as_str() {
                let data = at(object(&objects, "ConfigMap", map), "data");
                data.as_object().unwrap().keys().cloned().collect()
            } else {
                if let Some(claim) = at(volume, "persistentVolumeClaim.claimName").as_str() {
                    object(&objects, "PersistentVolumeClaim", claim);
                }
                Vec::new()
            };
            volumes.insert(text(volume, "name"), keys);
        }
        for claim in each(object_with_pods, "spec.volumeClaimTemplates") {
            volumes.insert(text(claim, "metadata.name"), Vec::new());
        }
        let container = &at(template, "spec.containers")[0];
        let mut writable = Vec::new();
        for mount in each(container, "volumeMounts") {
            let (volume, path) = (text(mount, "name"), text(mount, "mountPath"));
            let keys = volumes.get(volume).unwrap_or_else(|| panic!("{name}: no volume {volume}"));
            files.extend(keys.iter().map(|key| format!("{path}/{key}")));
            if mount["readOnly"] != true {
                writable.push(path.to_owned());
            }
        }
        // The init container writes the password file.
        let init = &at(template, "spec.initContainers")[0];
        let words: Vec<&str> = each(init, "command").map(|word| word.as_str().unwrap()).collect();
        let [.., from, to] = words[..] else { panic!("{words:?}") };
        assert_eq!((from, words[2]), ("/etc/posemo-secret/pgpass", "0600"), "{name}");
        let mounted: Vec<&str> =
            each(init, "volumeMounts").map(|mount| text(mount, "mountPath")).collect();
        assert_eq!(mounted, ["/etc/posemo-secret", "/run/posemo"], "{name}");
        files.insert(to.to_owned());
        let is_run = object_with_pods["kind"] == "CronJob";
        let serve = ["tls_certificate", "tls_key", "users_file", "tokens_file"];
        let needed = serve.iter().filter(|_| !is_run).map(|key| &settings["serve"][key]);
        for path in needed.chain([&settings["defaults"]["passfile"]]) {
            assert!(files.contains(path.as_str().unwrap()), "{name}: {path} not in {files:?}");
        }
        assert!(files.contains("/etc/posemo/posemo.toml"), "{name}");
        let state = settings["receivers"]["alerts"]["state_file"].as_str().unwrap();
        let keeps = writable.iter().any(|path| state.starts_with(path.as_str()));
        assert!(keeps || name == "posemo-probe", "{name}: {state} not in {writable:?}");
        ports_and_probes(&objects, name, container, &settings, &hosts);
    }
}

/// Services, probes and the settings agree about the port and the name.
fn ports_and_probes(
    objects: &[(String, Value)],
    name: &str,
    container: &Value,
    settings: &toml::Value,
    hosts: &[&str],
) {
    let listen = settings["serve"]["listen"].as_str().unwrap();
    for port in each(container, "ports") {
        assert!(listen.ends_with(&format!(":{}", port["containerPort"])), "{name}");
        let service = object(objects, "Service", name);
        assert_eq!(at(service, "spec.ports")[0]["targetPort"], port["name"], "{name}");
        assert!(hosts.contains(&name), "{name}");
        for probe in ["livenessProbe", "readinessProbe"] {
            let get = at(container, &format!("{probe}.httpGet"));
            assert_eq!((&get["port"], &get["scheme"]), (&port["name"], &json!("HTTPS")), "{name}");
            let header = &get["httpHeaders"][0];
            assert_eq!(header["name"], "Host", "{name}");
            assert!(hosts.contains(&text(header, "value")), "{name}: {header}");
            assert!(["/-/healthy", "/-/ready"].contains(&text(get, "path")), "{name}");
        }
    }
}
