#include "bench/engines/tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>

#include "bench/child.h"
#include "bench/engines/idle_tasks.h"
#include "bench/engines/transfer_tasks.h"

namespace scraper::bench {

namespace json = boost::json;

namespace {

Error no_form() { return {Errc::kInvalid, "a part of the measurement sent no task"}; }

std::string text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

Result<TaskValue> task_value_from(const json::value& value) {
  if (!value.is_object()) return no_form();
  const json::object& object = value.as_object();
  const auto* number = object.if_contains("value");
  if (number == nullptr || !number->is_number()) return no_form();
  TaskValue task{text(object, "what"), text(object, "unit"), text(object, "about"),
                 number->to_number<double>(), std::nullopt};
  const auto* switches = object.if_contains("switches");
  if (switches != nullptr && switches->is_number()) task.switches = switches->to_number<double>();
  return task;
}

}  // namespace

std::string_view to_string(TaskGroup group) {
  switch (group) {
    case TaskGroup::kLife: return "life";
    case TaskGroup::kTogether: return "together";
    case TaskGroup::kFirstByte: return "first byte";
    case TaskGroup::kCancel: return "cancel";
    case TaskGroup::kDeadline: return "deadline";
    case TaskGroup::kHandOver: return "hand over";
  }
  return "unknown";
}

json::object to_json(const TaskWork& work) {
  return {{"group", to_string(work.group)},
          {"engine", work.engine == fetch::Engine::kThreads ? "threads" : "async"},
          {"count", work.count},
          {"site", to_json(work.site)}};
}

Result<TaskWork> task_work_from(const json::object& object) {
  const std::string group = text(object, "group");
  const json::value* count = object.if_contains("count");
  const json::value* site = object.if_contains("site");
  const auto* known = std::find_if(std::begin(kTaskGroups), std::end(kTaskGroups),
                                   [&](TaskGroup one) { return to_string(one) == group; });
  if (known == std::end(kTaskGroups) || count == nullptr || !count->is_number()) return no_form();
  TaskWork work;
  work.group = *known;
  work.engine = text(object, "engine") == "async" ? fetch::Engine::kAsync : fetch::Engine::kThreads;
  work.count = count->to_number<std::size_t>();
  if (site != nullptr && site->is_object()) {
    auto read = load_site_from(site->as_object());
    if (!read) return read.error();
    work.site = std::move(*read);
  }
  return work;
}

Result<std::vector<TaskValue>> run_task(const TaskWork& work) {
  switch (work.group) {
    case TaskGroup::kLife: return measure_life(work.engine, work.count);
    case TaskGroup::kTogether: return measure_handing_over(work.engine);
    case TaskGroup::kFirstByte: return measure_first_byte(work);
    case TaskGroup::kCancel: return measure_cancelling(work);
    case TaskGroup::kDeadline: return measure_deadlines(work);
    case TaskGroup::kHandOver: return measure_owner(work);
  }
  return no_form();
}

json::object to_json(const std::vector<TaskValue>& values) {
  json::array array;
  for (const TaskValue& value : values) {
    json::object one{
        {"what", value.what}, {"unit", value.unit}, {"about", value.about}, {"value", value.value}};
    if (value.switches) one["switches"] = *value.switches;
    array.push_back(std::move(one));
  }
  return {{"values", std::move(array)}};
}

Result<std::vector<TaskValue>> task_values_from(const json::object& object) {
  const json::value* array = object.if_contains("values");
  if (array == nullptr || !array->is_array()) return no_form();
  std::vector<TaskValue> values;
  for (const json::value& one : array->as_array()) {
    auto value = task_value_from(one);
    if (!value) return value.error();
    values.push_back(std::move(*value));
  }
  return values;
}

int run_engine_task(const json::object& object) {
  auto work = task_work_from(object);
  auto values = work ? run_task(*work) : Result<std::vector<TaskValue>>(work.error());
  if (!values) {
    say({{"error", values.error().context}});
    return 1;
  }
  return say(to_json(*values)) ? 0 : 1;
}

}  // namespace scraper::bench
