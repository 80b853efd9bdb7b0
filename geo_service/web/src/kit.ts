import "./styles/widget-page.css";
