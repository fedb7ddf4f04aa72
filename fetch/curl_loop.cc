#include "fetch/curl_loop.h"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace scraper::fetch {

namespace {

namespace asio = boost::asio;

constexpr long kNoBound = 1'000'000;

}  // namespace

CurlLoop::CurlLoop(const TransferSetup& setup, asio::any_io_executor owner)
    : setup_(setup),
      owner_(std::move(owner)),
      timer_(owner_),
      lines_(*this, setup.options.idle_connections) {}

Result<std::shared_ptr<CurlLoop>> CurlLoop::make(const TransferSetup& setup,
                                                 asio::any_io_executor owner) {
  std::shared_ptr<CurlLoop> loop(new CurlLoop(setup, std::move(owner)));
  if (!loop->make_multi())
    return Error{Errc::kExhausted, "libcurl cannot make a multi handle: no memory or descriptors"};
  return loop;
}

bool CurlLoop::make_multi() {
  multi_.reset(curl_multi_init());
  if (multi_ == nullptr) return false;
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kNoBound);  // SharedLines bounds them
  return true;
}

void CurlLoop::begin(AsyncJobPointer job) {
  ++stats_.in_flight;
  SharedLines::SharedLine& line = lines_.join(job->transfer.url().origin());
  Easy easy = setup_.make_easy(line);
  if (easy == nullptr) {
    lines_.leave(line);
    job->capture =
        job->transfer.finish_unbegun({FetchError::kExhausted, "no memory for a transfer"});
    return deliver_soon(std::move(job));
  }
  curl_easy_setopt(easy.get(), CURLOPT_SHARE, line.share());
  job->name = job->transfer.name();
  if (!job->name.empty()) ++names_in_use_[job->name];
  job->transfer.prepare(easy.get(), line, names_to_forget());
  job->transfer.take_turns(turn_);
  curl_easy_setopt(easy.get(), CURLOPT_DNS_CACHE_TIMEOUT, dns_cache_timeout(++begun_));
  CURL* raw = easy.get();
  if (job->transfer.id() != 0) by_id_.emplace(job->transfer.id(), raw);
  active_.emplace(raw, Active{std::move(easy), std::move(job), line});
  if (curl_multi_add_handle(multi_.get(), raw) != CURLM_OK) finish(raw, CURLE_OUT_OF_MEMORY);
}

void CurlLoop::finish(CURL* easy, CURLcode code) {
  auto node = active_.extract(easy);
  AsyncJob& job = *node.mapped().job;
  by_id_.erase(job.transfer.id());
  curl_multi_remove_handle(multi_.get(), easy);
  job.capture = job.transfer.finish(easy, code);
  if (const auto name = names_in_use_.find(job.name);
      name != names_in_use_.end() && --name->second == 0) {
    names_unused_.push_back(name->first);
    names_in_use_.erase(name);
  }
  node.mapped().easy.reset();
  lines_.leave(node.mapped().line);
  deliver_soon(std::move(node.mapped().job));
}

void CurlLoop::cancel(std::uint64_t id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) cancel_begun(found->second);
}

void CurlLoop::cancel_all() {
  while (!active_.empty()) cancel_begun(active_.begin()->first);
}

void CurlLoop::cancel_begun(CURL* easy) {
  active_.at(easy).job->transfer.cancel();
  finish(easy, CURLE_ABORTED_BY_CALLBACK);
}

void CurlLoop::deliver_soon(AsyncJobPointer job) {
  done_.push_back(std::move(job));
  if (done_.size() == 1) asio::post(owner_, [self = shared_from_this()] { self->deliver(); });
}

void CurlLoop::deliver() {
  for (AsyncJobPointer& job : std::exchange(done_, {})) {
    --stats_.in_flight;
    ++stats_.transfers;
    stats_.connections += job->capture.is_new_connection ? 1 : 0;
    stats_.received_bytes += job->capture.received_bytes;
    Completion<Capture> done = std::move(job->done);
    Capture capture = std::move(job->capture);
    job.reset();
    done(std::move(capture));
  }
  if (active_.empty()) rest();
}

void CurlLoop::rest() {
  timer_.cancel();
  deadline_ = timer_at_ = TimePoint::max();
  for (const auto& [socket, watch] : watches_) {
    if (watch->is_reading || watch->is_writing) watch->descriptor.cancel();
  }
}

void CurlLoop::close() {
  cancel_all();
  done_.clear();
  lines_.close_all();
  multi_.reset();
  timer_.cancel();
}

std::vector<std::string> CurlLoop::names_to_forget() {
  std::vector<std::string> names = std::exchange(names_unused_, {});
  std::erase_if(names, [this](const std::string& name) { return names_in_use_.count(name) != 0; });
  return names;
}

bool CurlLoop::watch(curl_socket_t socket) {
  release(socket);  // the number of one that was closed without a word
  boost::system::error_code error;
  Descriptor descriptor(owner_);
  descriptor.assign(socket, error);
  if (error) return false;
  const auto watch = std::make_shared<Watch>(std::move(descriptor));
  watch->identity = socket_identity(socket);
  watches_.emplace(socket, watch);
  return true;
}

void CurlLoop::close(curl_socket_t socket) {
  const auto node = watches_.extract(socket);
  boost::system::error_code ignored;
  if (!node.empty()) node.mapped()->descriptor.close(ignored);
}

void CurlLoop::forget(curl_socket_t socket) {
  const auto known = watches_.find(socket);
  if (known != watches_.end() && known->second->identity != socket_identity(socket))
    release(socket);
}

// Ends the waits and leaves the number alone: it is not ours, or not any more.
void CurlLoop::release(curl_socket_t socket) {
  const auto node = watches_.extract(socket);
  if (!node.empty()) node.mapped()->descriptor.release();
}

CurlLoop::WatchPointer CurlLoop::watch_of(curl_socket_t socket) {
  if (const auto known = watches_.find(socket); known != watches_.end()) return known->second;
  if (!watch(socket)) return nullptr;
  const WatchPointer& lent = watches_.find(socket)->second;
  lent->is_lent = true;
  return lent;
}

int CurlLoop::on_socket(CURL*, curl_socket_t socket, int wanted, void* loop, void*) {
  CurlLoop& self = *static_cast<CurlLoop*>(loop);
  if (wanted == CURL_POLL_REMOVE) {
    const auto known = self.watches_.find(socket);
    if (known == self.watches_.end()) return 0;
    known->second->wanted = CURL_POLL_NONE;  // a wait under way is left alone: most connections are
                                             // wanted again at once
    if (known->second->is_lent) self.release(socket);
    return 0;
  }
  const WatchPointer watch = self.watch_of(socket);
  if (watch == nullptr) return -1;
  watch->wanted = wanted;
  self.arm(watch);
  return 0;
}

void CurlLoop::arm(const WatchPointer& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !std::exchange(watch->is_reading, true)) {
    watch->descriptor.async_wait(
        Descriptor::wait_read, [self = shared_from_this(), watch](boost::system::error_code error) {
          watch->is_reading = false;
          self->ready(watch, error ? 0 : CURL_CSELECT_IN);
        });
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !std::exchange(watch->is_writing, true)) {
    watch->descriptor.async_wait(Descriptor::wait_write, [self = shared_from_this(),
                                                          watch](boost::system::error_code error) {
      watch->is_writing = false;
      self->ready(watch, error ? 0 : CURL_CSELECT_OUT);
    });
  }
}

// Without events when the wait was cancelled: the socket may be wanted again since.
void CurlLoop::ready(const WatchPointer& watch, int events) {
  static_assert(CURL_CSELECT_IN == CURL_POLL_IN && CURL_CSELECT_OUT == CURL_POLL_OUT);
  if (!watch->descriptor.is_open()) return;
  if ((watch->wanted & events) != 0) drive(watch->descriptor.native_handle(), events);
  if (watch->descriptor.is_open()) arm(watch);
}

int CurlLoop::on_timer(CURLM*, long milliseconds, void* loop) {
  CurlLoop& self = *static_cast<CurlLoop*>(loop);
  if (milliseconds == 0) {
    self.kick();
  } else {
    self.set_deadline(milliseconds < 0
                          ? TimePoint::max()
                          : SteadyClock::now() + std::chrono::milliseconds(milliseconds));
  }
  return 0;
}

// libcurl moves its deadline with every transfer. The timer is set for an earlier one only; when it
// goes off too early it is set anew.
void CurlLoop::set_deadline(TimePoint deadline) {
  deadline_ = deadline;
  if (deadline >= timer_at_) return;
  timer_at_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error) return;
    self->timer_at_ = TimePoint::max();
    if (SteadyClock::now() < self->deadline_) return self->set_deadline(self->deadline_);
    self->deadline_ = TimePoint::max();
    self->drive(CURL_SOCKET_TIMEOUT, 0);
  });
}

// "At once" is not "now": libcurl must not be called from its own callback.
void CurlLoop::kick() {
  if (std::exchange(is_kicked_, true)) return;
  asio::post(owner_, [self = shared_from_this()] {
    self->is_kicked_ = false;
    self->drive(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlLoop::drive(curl_socket_t socket, int events) {
  if (multi_ == nullptr) return;
  int running = 0;
  ++turn_.number;
  const bool has_paused = !turn_.paused.empty();
  curl_multi_socket_action(multi_.get(), socket, events, &running);
  if (!has_paused && !turn_.paused.empty())
    asio::post(owner_, [self = shared_from_this()] { self->continue_paused(); });
  collect();
}

// After whatever else was ready.
void CurlLoop::continue_paused() {
  ++turn_.number;
  stats_.pauses += turn_.paused.size();
  for (CURL* const easy : std::exchange(turn_.paused, {})) {
    if (active_.count(easy) == 0) continue;
    const CURLcode code =
        curl_easy_pause(easy, CURLPAUSE_CONT);  // what libcurl had kept is taken in here
    if (code != CURLE_OK) finish(easy, code);
  }
  if (!turn_.paused.empty())
    asio::post(owner_, [self = shared_from_this()] { self->continue_paused(); });
}

void CurlLoop::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
  }
}

}  // namespace scraper::fetch
