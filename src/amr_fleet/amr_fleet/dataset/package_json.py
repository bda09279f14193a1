"""Metadata for machines: datapackage.json (Data Package 2.0) and croissant.json (1.1 with RAI)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from amr_fleet.dataset.about import About, FileAbout, media_type
from amr_fleet.dataset.schema import DICTIONARY_COLUMNS, TABLES, DataTable, TableField
from amr_fleet.dataset.texts import RAI, keywords

_CROISSANT_TYPES: Final = {
    "string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean",
    "datetime": "sc:DateTime",
}  # fmt: skip
_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform", "containedIn": "cr:containedIn",
}  # fmt: skip


def datapackage(about: About) -> dict[str, Any]:
    """Return the Data Package 2.0 descriptor; each CSV is a resource with its Table Schema."""
    files = {f.path: f for f in about.files}
    resources = [
        _resource(table, files[f"data/{name}.csv"]) for name, table in TABLES.items() if f"data/{name}.csv" in files
    ]
    if "dictionary.csv" in files:
        resources.append(_dictionary(files["dictionary.csv"]))
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": about.name,
        "title": about.title_vi, "description": about.title_en, "version": "1.0.0",
        "created": f"{about.published}T00:00:00Z", "keywords": keywords(about),
        "licenses": [{"name": about.licence.name, "path": about.licence.url, "title": about.licence.title}],
        "contributors": [{"title": about.publisher, "roles": ["publisher"]}], "origin": about.release.origin,
        "period": {"begin": about.begin, "end": about.end}, "run": _run(about), "resources": resources,
    }  # fmt: skip


def _run(about: About) -> dict[str, Any]:
    return {**about.records, "software": f"amr {about.version}", "commit": about.commit}


def _resource(table: DataTable, file: FileAbout) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_table_schema_field(field) for field in table.fields], "missingValues": [""],
    }  # fmt: skip
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {
        "name": table.name, "type": "table", "path": file.path, "title": table.vi, "description": table.en,
        "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "bytes": file.size,
        "hash": f"sha256:{file.sha256}", "schema": schema,
    }  # fmt: skip


def _table_schema_field(field: TableField) -> dict[str, Any]:
    limits: dict[str, Any] = {} if field.null else {"required": True}
    if field.allowed:
        limits["enum"] = list(field.allowed)
    if field.pattern:
        limits["pattern"] = field.pattern
    if field.least is not None:
        limits["minimum"] = field.least
    found: dict[str, Any] = {"name": field.name, "type": field.type, "title": field.vi, "description": field.en}
    if field.unit:
        found["unit"] = field.unit
    return found | ({"constraints": limits} if limits else {})


def _dictionary(file: FileAbout) -> dict[str, Any]:
    fields = [{"name": name, "type": "string"} for name in DICTIONARY_COLUMNS]
    return {
        "name": "dictionary", "type": "table", "path": file.path, "title": "Từ điển dữ liệu",
        "description": "Data dictionary: each table and field", "format": "csv", "mediatype": "text/csv",
        "encoding": "utf-8", "bytes": file.size, "hash": f"sha256:{file.sha256}",
        "schema": {"fields": fields, "primaryKey": ["table", "field"], "missingValues": [""]},
    }  # fmt: skip


def croissant(about: About) -> dict[str, Any]:
    """Return the Croissant 1.1 description with the RAI fields."""
    listed = [f for f in about.files if f.path.startswith(("data/", "events/", "recordings/", "site/"))]
    return {
        "@context": dict(_CONTEXT), "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": about.name, "description": f"{about.title_en}. {about.title_vi}.", "version": "1.0.0",
        "url": f"https://example.org/{about.name}", "license": about.licence.url, "datePublished": about.published,
        "creator": {"@type": "sc:Organization", "name": about.publisher},
        "publisher": {"@type": "sc:Organization", "name": about.publisher}, "keywords": keywords(about),
        "inLanguage": ["vi", "en"], "citeAs": f"{about.publisher}: {about.title_en}",
        "temporalCoverage": f"{about.begin}/{about.end}",
        **{f"rai:{name}": text(about) for name, text in RAI.items()},
        "distribution": [_file_object(f) for f in listed],
        "recordSet": [record for table in TABLES.values() if (record := _record_set(table, about)) is not None],
    }  # fmt: skip


def _file_object(file: FileAbout) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject", "@id": file.path, "name": file.path.rsplit("/", 1)[-1], "contentUrl": file.path,
        "contentSize": f"{file.size} B", "encodingFormat": media_type(file.path), "sha256": file.sha256,
    }  # fmt: skip


def _record_set(table: DataTable, about: About) -> dict[str, Any] | None:
    paths = {f.path for f in about.files}
    source = next((p for p in (f"data/{table.name}.csv", f"data/{table.name}.parquet") if p in paths), None)
    if source is None:
        return None
    fields = [
        {
            "@type": "cr:Field", "@id": f"{table.name}/{field.name}", "name": field.name,
            "description": f"{field.en}{f' ({field.unit})' if field.unit else ''}. {field.vi}.",
            "dataType": _CROISSANT_TYPES[field.type],
            "source": {"fileObject": {"@id": source}, "extract": {"column": field.name}},
        }
        for field in table.fields
    ]  # fmt: skip
    found: dict[str, Any] = {
        "@type": "cr:RecordSet", "@id": table.name, "name": table.name, "description": f"{table.en}. {table.vi}.",
        "field": fields,
    }  # fmt: skip
    if table.key:
        found["key"] = [{"@id": f"{table.name}/{name}"} for name in table.key]
    return found
